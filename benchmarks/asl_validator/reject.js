// Reads an object of definitions, and prints the names of those that asl-validator rejects.
const fs = require("fs");
const path = require("path");
const validate = require(path.join(process.argv[2], "asl-validator"));

function isRejected(definition) {
  try {
    return !validate(definition, { checkPaths: true, checkArn: false }).isValid;
  } catch {
    return true;
  }
}

const definitions = JSON.parse(fs.readFileSync(0, "utf8"));
console.log(JSON.stringify(Object.keys(definitions).filter((name) => isRejected(definitions[name]))));
