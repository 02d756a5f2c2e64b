// Evaluates requests against a policy: reads {policy, requests: [{action, resource}]} and prints, for each request,
// whether it is allowed and by which statements (their places in the policy).
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const require = createRequire(pathToFileURL(process.argv[2] + '/'))
const { runSimulation } = require('@cloud-copilot/iam-simulate')

const { policy, requests } = JSON.parse(readFileSync(0, 'utf8'))
policy.Statement.forEach((statement, index) => { statement.Sid = `S${index}` })
const answers = []
for (const { action, resource } of requests) {
  const response = await runSimulation({
    identityPolicies: [{ name: 'role', policy }],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    request: {
      action,
      principal: 'arn:aws:iam::123456789012:role/execution',
      resource: { resource, accountId: '123456789012' },
      contextVariables: {}
    }
  }, {})
  const allowing = response.result?.analysis?.identityAnalysis?.allowStatements ?? []
  answers.push({
    result: response.overallResult ?? JSON.stringify(response.errors),
    statements: allowing.map((each) => Number(each.explain.identifier.slice(1)))
  })
}
console.log(JSON.stringify(answers))
