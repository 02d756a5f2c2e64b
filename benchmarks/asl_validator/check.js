// Checks every definition in a folder in one process, and prints the milliseconds that it took once all is loaded.
const fs = require("fs");
const path = require("path");
const validate = require(path.join(process.argv[2], "asl-validator"));

const files = fs.readdirSync(process.argv[3]).map((name) => path.join(process.argv[3], name));
const began = process.hrtime.bigint();
for (const file of files) {
  validate(JSON.parse(fs.readFileSync(file, "utf8")), { checkPaths: true, checkArn: false });
}
console.log(Number(process.hrtime.bigint() - began) / 1e6);
