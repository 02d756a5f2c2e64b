// Evaluates cases, one JSON document a line, with npm's jsonata, and writes an answer a line.
// A case has an expression, and may have a document and bindings. An answer has a value, `nothing`, or an error's code.
const readline = require("node:readline");
const jsonata = require(process.argv[2]);

function plain(value) {
  if (value === undefined) return null;
  if (typeof value === "number" && !Number.isFinite(value)) return { $number: String(value) };
  if (typeof value === "function") return { $function: true };
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  if (value._jsonata_lambda || value._jsonata_function) return { $function: true };
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

async function answer({ expression, document, bindings }) {
  try {
    const value = await jsonata(expression).evaluate(document, bindings);
    return value === undefined ? { nothing: true } : { value: plain(value) };
  } catch (error) {
    return { error: error.code || String(error) };
  }
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + "\n");
  }
})();
