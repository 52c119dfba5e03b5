import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs the main methods of Kafka's command line tools, so that a test of forty of them starts one JVM: java Tools. A line of JSON
 * each in, {"id", "main", "args", "input"}, and one out: {"id", "status", "out", "err"}.
 */
public class Tools {
  /** Kafka's tools anew for every run, as some keep their counts in static fields; all else from the parent. */
  static class FreshTools extends ClassLoader {
    FreshTools() {
      super(Tools.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith("org.apache.kafka.tools.")) return super.loadClass(name, resolve);
      synchronized (getClassLoadingLock(name)) {
        Class<?> known = findLoadedClass(name);
        if (known != null) return known;
        try (InputStream file = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
          if (file == null) throw new ClassNotFoundException(name);
          byte[] bytes = file.readAllBytes();
          return defineClass(name, bytes, 0, bytes.length);
        } catch (IOException error) {
          throw new ClassNotFoundException(name, error);
        }
      }
    }
  }

  static volatile CompletableFuture<Integer> status;
  static final List<Runnable> hooks = new CopyOnWriteArrayList<>();

  /** Like the end of a process, for the thread that asks for it: it goes no further. */
  static void exit(int code, String message) {
    status.complete(code);
    for (; ; ) {
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException ignored) {
        // There is nobody to tell.
      }
    }
  }

  public static void main(String[] args) throws Exception {
    ObjectMapper json = new ObjectMapper();
    PrintStream answers = System.out;
    Exit.setExitProcedure(Tools::exit);
    Exit.setHaltProcedure(Tools::exit);
    Exit.setShutdownHookAdder((name, hook) -> hooks.add(hook));
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      JsonNode command = json.readTree(line);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ByteArrayOutputStream err = new ByteArrayOutputStream();
      System.setIn(new ByteArrayInputStream(command.path("input").asText("").getBytes("UTF-8")));
      System.setOut(new PrintStream(out, true, "UTF-8"));
      System.setErr(new PrintStream(err, true, "UTF-8"));
      status = new CompletableFuture<>();
      String main = command.get("main").asText();
      String[] arguments = json.convertValue(command.get("args"), String[].class);
      Thread tool = new Thread(() -> run(main, arguments), main);
      tool.setDaemon(true);
      tool.start();
      int code = status.get();
      for (Runnable hook : hooks) hook.run();
      hooks.clear();
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("id", command.get("id").asInt());
      answer.put("status", code);
      answer.put("out", out.toString("UTF-8"));
      answer.put("err", err.toString("UTF-8"));
      answers.println(json.writeValueAsString(answer));
    }
    Runtime.getRuntime().halt(0);
  }

  static void run(String main, String[] args) {
    try {
      Class.forName(main, true, new FreshTools()).getMethod("main", String[].class).invoke(null, (Object) args);
      status.complete(0);
    } catch (InvocationTargetException thrown) {
      thrown.getCause().printStackTrace();
      status.complete(1);
    } catch (ReflectiveOperationException error) {
      error.printStackTrace();
      status.complete(1);
    }
  }
}
