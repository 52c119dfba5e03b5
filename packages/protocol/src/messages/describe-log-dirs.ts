import { api, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/api.js";
import { array, bool, int16, int32, int64, string } from "../schema/types.js";

export const describeLogDirs = api({
  key: 35,
  name: "DescribeLogDirs",
  versions: "1-5",
  flexible: "2+",
  request: {
    topics: array(
      {
        topic: string(),
        partitions: array(int32()),
      },
      { nullable: "0+" },
    ),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16({ versions: "3+", ignorable: true }),
    results: array({
      errorCode: int16(),
      logDir: string(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          partitionSize: int64(),
          offsetLag: int64(),
          isFutureKey: bool(),
        }),
      }),
      totalBytes: int64({ versions: "4+", default: -1, ignorable: true }),
      usableBytes: int64({ versions: "4+", default: -1, ignorable: true }),
      isCordoned: bool({ versions: "5+", default: false, ignorable: true }),
    }),
  },
});

export interface DescribeLogDirsRequestInput extends RequestInput<typeof describeLogDirs> {}
export interface DescribeLogDirsRequest extends RequestOf<typeof describeLogDirs> {}
export interface DescribeLogDirsResponseInput extends ResponseInput<typeof describeLogDirs> {}
export interface DescribeLogDirsResponse extends ResponseOf<typeof describeLogDirs> {}
