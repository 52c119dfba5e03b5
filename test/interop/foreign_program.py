"""The loop of a foreign client's program: a JSON command per line in, a JSON answer per line out."""

import base64
import json
import sys


def unpack(text):
    return None if text is None else base64.b64decode(text)


def pack(data):
    return None if data is None else base64.b64encode(data).decode()


def serve(commands):
    for line in sys.stdin:
        command = json.loads(line)
        number = command.pop("id")
        try:
            answer = {"id": number, "answer": commands[command.pop("do")](**command)}
        except BaseException as error:  # whatever it is, the test should see it
            answer = {"id": number, "error": repr(error)}
        print(json.dumps(answer), flush=True)
