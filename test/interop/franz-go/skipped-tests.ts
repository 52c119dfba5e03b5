const consumerProtocol = "KIP-848 is not served yet";
const shareGroups = "share groups are not served yet";
const scram = "SASL is not served yet";

/** What franz-go leaves out by itself when it sees what this broker serves, with the reason. */
export const skippedTests: Readonly<Record<string, string>> = {
  Test848RegexBrokerResolves: consumerProtocol,
  "TestGroupETL/range/848": consumerProtocol,
  "TestGroupETL/sticky/848": consumerProtocol,
  "TestGroupETL/sticky/848/static": consumerProtocol,
  "TestGroupSimple/848": consumerProtocol,
  "TestTxnEtl/range/848": consumerProtocol,
  "TestTxnEtl/sticky/848": consumerProtocol,
  "TestTxnEtl/sticky/848/static": consumerProtocol,
  TestConsumeRegexShareSkipsInternal: shareGroups,
  TestShareGroup: shareGroups,
  TestShareGroupAckOnClose: shareGroups,
  TestShareGroupETL: shareGroups,
  TestShareGroupOffsetsAdmin: shareGroups,
  TestSCRAMAuth: scram,
  TestSCRAMAuthBadCredentials: scram,
  TestIssueProduceBrokerTooOldFailsRecords: "for brokers that do not know topic ids",
};
