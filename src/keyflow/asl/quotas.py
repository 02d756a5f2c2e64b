"""AWS's quotas that a definition, or what stands around it, must keep to: each with the page that says so."""

from __future__ import annotations

# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
STATE_NAME_CHARACTERS = 80
MACHINE_NAME_CHARACTERS = 80
DEFINITION_BYTES = 1024 * 1024
PAYLOAD_BYTES = 256 * 1024
EXPRESS_SECONDS = 300

# https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
VARIABLE_NAME_CHARACTERS = 80

# https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
MAP_LABEL_CHARACTERS = 40

# https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html and the pages of the other states
LARGEST_COUNT = 99_999_999
"""Seconds, attempts, and whatever else is counted."""

# https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
LONGEST_DELAY_SECONDS = 31_622_399
"""Of MaxDelaySeconds, which is smaller than 31,622,400."""

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
INTEGRATION_SECONDS = 29
API_RESOURCES = 300

# https://docs.aws.amazon.com/apigateway/latest/api/API_ImportRestApi.html
API_DOCUMENT_BYTES = 6 * 1024 * 1024

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
ROLE_NAME_CHARACTERS = 64
ROLE_POLICY_CHARACTERS = 10_240
"""Of all inline policies of a role together; white space does not count."""

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
LOG_GROUP_NAME_CHARACTERS = 512
