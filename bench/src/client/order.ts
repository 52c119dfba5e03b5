/** The schema of typed records; the value that goes with it stands in `programs/serve.js` as well. */
export const orderSchema = {
  type: "record",
  name: "Order",
  namespace: "shop",
  fields: [
    { name: "id", type: "string" },
    { name: "customer", type: "string" },
    { name: "cents", type: "long" },
    { name: "placedAt", type: "long" },
    {
      name: "lines",
      type: {
        type: "array",
        items: {
          type: "record",
          name: "Line",
          fields: [
            { name: "sku", type: "string" },
            { name: "count", type: "int" },
          ],
        },
      },
    },
    { name: "note", type: "string", default: "" },
  ],
} as const;

export const order = {
  id: "o-12345",
  customer: "c-77",
  cents: 1250,
  placedAt: 1_795_160_000_000,
  lines: Array.from({ length: 5 }, (_, index) => ({ sku: `sku-${index}`, count: index })),
  note: "half",
} as const;
