"""The operations that IAM does not ask for under their own name, each with the reason, by boto3's service.

`scripts/authorization.py` puts them into the map, and refuses an action that the Service Authorization Reference does
not have. What is not here is asked for under the operation's name, or, where the reference has no such action, is found
by the reference's own links from actions to operations.
"""

from __future__ import annotations

from collections.abc import Mapping

PREFIXES: Mapping[str, str] = {
    # IAM's prefix where neither the signing name nor the endpoint's is one, or where it is another service's.
    "budgets": "budgets",
    "cloudcontrol": "cloudformation",
    "codecatalyst": "codecatalyst",
    "iot-data": "iot",
    "iot-jobs-data": "iotjobsdata",
    "iotsecuretunneling": "iot",
    "keyspaces": "cassandra",
    "keyspacesstreams": "cassandra",
    "mturk": "mechanicalturk",
    "partnercentral-account": "partnercentral",
    "partnercentral-benefits": "partnercentral",
    "partnercentral-channel": "partnercentral",
    "partnercentral-selling": "partnercentral",
    "resourcegroupstaggingapi": "tag",
}

NOT_AUTHORIZED: Mapping[str, str] = {
    # The whole service, or what is named, asks for a token of its own instead of a permission.
    "codecatalyst": "CodeCatalyst takes a bearer token",
    "connectparticipant": "Amazon Connect's participant service takes a participant's token",
    "sso": "IAM Identity Center's portal takes an access token",
}

_S3 = {
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "GetObject PutObject",
    "CreateMultipartUpload": "PutObject",
    "CreateSession": "s3express:CreateSession",
    "DeleteBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
    "DeleteBucketInventoryConfiguration": "PutInventoryConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketMetricsConfiguration": "PutMetricsConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteObjects": "DeleteObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetObjectAttributes": "GetObject GetObjectAttributes",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBucketAnalyticsConfigurations": "GetAnalyticsConfiguration",
    "ListBucketIntelligentTieringConfigurations": "GetIntelligentTieringConfiguration",
    "ListBucketInventoryConfigurations": "GetInventoryConfiguration",
    "ListBucketMetricsConfigurations": "GetMetricsConfiguration",
    "ListDirectoryBuckets": "s3express:ListAllMyDirectoryBuckets",
    "ListObjects": "ListBucket",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "RenameObject": "s3express:CreateSession",
    "SelectObjectContent": "GetObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "GetObject PutObject",
    "WriteGetObjectResponse": "s3-object-lambda:WriteGetObjectResponse",
}
_S3_CONTROL = {
    # Buckets of S3 on Outposts, access points of directory buckets, and the account's own block of public access.
    "DeleteAccessPointScope": "s3express:DeleteAccessPointScope",
    "DeleteBucketLifecycleConfiguration": "s3-outposts:PutLifecycleConfiguration",
    "DeleteBucketReplication": "s3-outposts:PutReplicationConfiguration",
    "DeleteBucketTagging": "s3-outposts:PutBucketTagging",
    "DeletePublicAccessBlock": "PutAccountPublicAccessBlock",
    "GetAccessPointScope": "s3express:GetAccessPointScope",
    "GetBucket": "s3-outposts:GetBucket",
    "GetBucketLifecycleConfiguration": "s3-outposts:GetLifecycleConfiguration",
    "GetBucketReplication": "s3-outposts:GetReplicationConfiguration",
    "GetPublicAccessBlock": "GetAccountPublicAccessBlock",
    "ListAccessPointsForDirectoryBuckets": "s3express:ListAccessPointsForDirectoryBuckets",
    "ListRegionalBuckets": "s3-outposts:ListRegionalBuckets",
    "PutAccessPointScope": "s3express:PutAccessPointScope",
    "PutBucketLifecycleConfiguration": "s3-outposts:PutLifecycleConfiguration",
    "PutBucketReplication": "s3-outposts:PutReplicationConfiguration",
    "PutPublicAccessBlock": "PutAccountPublicAccessBlock",
}
_PARTIQL = "PartiQLDelete PartiQLInsert PartiQLSelect PartiQLUpdate"
_DYNAMODB = {
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html, and for PartiQL
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html; the arguments say which of them.
    "BatchExecuteStatement": _PARTIQL,
    "ExecuteStatement": _PARTIQL,
    "ExecuteTransaction": _PARTIQL,
    "TransactGetItems": "GetItem",
    "TransactWriteItems": "ConditionCheckItem DeleteItem PutItem UpdateItem",
}
_KEYSPACES = {
    # https://docs.aws.amazon.com/keyspaces/latest/devguide/security_iam_service-with-iam.html: CQL's verbs.
    "CreateKeyspace": "Create",
    "CreateTable": "Create",
    "CreateType": "Create",
    "DeleteKeyspace": "Drop",
    "DeleteTable": "Drop",
    "DeleteType": "Drop",
    "GetKeyspace": "Select",
    "GetTable": "Select",
    "GetTableAutoScalingSettings": "Select",
    "GetType": "Select",
    "ListKeyspaces": "Select",
    "ListTables": "Select",
    "ListTagsForResource": "Select",
    "ListTypes": "Select",
    "RestoreTable": "Restore",
    "UpdateKeyspace": "Alter",
    "UpdateTable": "Alter",
}
_BUDGETS = {
    # https://docs.aws.amazon.com/cost-management/latest/userguide/billing-permissions-ref.html
    **dict.fromkeys(
        (
            "CreateBudget",
            "CreateNotification",
            "CreateSubscriber",
            "DeleteBudget",
            "DeleteNotification",
            "DeleteSubscriber",
            "UpdateBudget",
            "UpdateNotification",
            "UpdateSubscriber",
        ),
        "ModifyBudget",
    ),
    **dict.fromkeys(
        (
            "DescribeBudget",
            "DescribeBudgetNotificationsForAccount",
            "DescribeBudgetPerformanceHistory",
            "DescribeBudgets",
            "DescribeNotificationsForBudget",
            "DescribeSubscribersForNotification",
        ),
        "ViewBudget",
    ),
}
_NEPTUNE = {
    # https://docs.aws.amazon.com/neptune/latest/userguide/iam-dp-actions.html
    "CancelGremlinQuery": "CancelQuery",
    "CancelOpenCypherQuery": "CancelQuery",
    "DeletePropertygraphStatistics": "DeleteStatistics",
    "DeleteSparqlStatistics": "DeleteStatistics",
    "ExecuteFastReset": "ResetDatabase",
    "ExecuteGremlinExplainQuery": "DeleteDataViaQuery ReadDataViaQuery WriteDataViaQuery",
    "ExecuteGremlinProfileQuery": "DeleteDataViaQuery ReadDataViaQuery WriteDataViaQuery",
    "ExecuteGremlinQuery": "DeleteDataViaQuery ReadDataViaQuery WriteDataViaQuery",
    "ExecuteOpenCypherExplainQuery": "DeleteDataViaQuery ReadDataViaQuery WriteDataViaQuery",
    "ExecuteOpenCypherQuery": "DeleteDataViaQuery ReadDataViaQuery WriteDataViaQuery",
    "GetGremlinQueryStatus": "GetQueryStatus",
    "GetMLDataProcessingJob": "GetMLDataProcessingJobStatus",
    "GetMLEndpoint": "GetMLEndpointStatus",
    "GetMLModelTrainingJob": "GetMLModelTrainingJobStatus",
    "GetMLModelTransformJob": "GetMLModelTransformJobStatus",
    "GetOpenCypherQueryStatus": "GetQueryStatus",
    "GetPropertygraphStatistics": "GetStatisticsStatus",
    "GetPropertygraphStream": "GetStreamRecords",
    "GetPropertygraphSummary": "GetGraphSummary",
    "GetRDFGraphSummary": "GetGraphSummary",
    "GetSparqlStatistics": "GetStatisticsStatus",
    "GetSparqlStream": "GetStreamRecords",
    "ListGremlinQueries": "GetQueryStatus",
    "ListOpenCypherQueries": "GetQueryStatus",
    "ManagePropertygraphStatistics": "ManageStatistics",
    "ManageSparqlStatistics": "ManageStatistics",
}

ACTIONS: Mapping[str, Mapping[str, str]] = {
    "apigatewaymanagementapi": dict.fromkeys(
        ("DeleteConnection", "GetConnection", "PostToConnection"), "ManageConnections"
    ),
    # https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html, and its like: one permission.
    "bedrock-agent-runtime": {"RetrieveAndGenerateStream": "RetrieveAndGenerate"},
    "bedrock-runtime": {
        "Converse": "InvokeModel",
        "ConverseStream": "InvokeModelWithResponseStream",
        "InvokeModelWithBidirectionalStream": "InvokeModelWithResponseStream",
        "StartAsyncInvoke": "InvokeModel",
    },
    "budgets": _BUDGETS,
    "cloudfront": {"CreateDistributionWithTags": "CreateDistribution TagResource"},
    "cloudsearchdomain": {"Search": "search", "Suggest": "suggest", "UploadDocuments": "document"},
    "dms": {
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsdatabasemigrationservice.html
        "DescribeMetadataModelAssessments": "ListMetadataModelAssessments",
        "DescribeMetadataModelExportsAsScript": "ListMetadataModelExports",
        "DescribeMetadataModelExportsToTarget": "ListMetadataModelExports",
        "DescribeMigrationProjects": "ListMigrationProjects",
    },
    "dynamodb": _DYNAMODB,
    "iot-jobs-data": {"StartCommandExecution": "iot:StartCommandExecution"},
    "keyspaces": _KEYSPACES,
    "kms": {"ReEncrypt": "ReEncryptFrom ReEncryptTo"},
    "lambda": {
        "GetLayerVersionByArn": "GetLayerVersion",
        "Invoke": "InvokeFunction",
        "InvokeAsync": "InvokeFunction",
        "InvokeWithResponseStream": "InvokeFunction",
    },
    "neptunedata": _NEPTUNE,
    "redshift-data": {"GetStatementResultV2": "GetStatementResult"},
    "s3": _S3,
    "s3control": _S3_CONTROL,
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-batch-api-actions.html and
    # https://docs.aws.amazon.com/sns/latest/dg/sns-batch-api-actions.html: a batch asks for the single action.
    "sns": {"PublishBatch": "Publish"},
    "sqs": {
        "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
        "DeleteMessageBatch": "DeleteMessage",
        "SendMessageBatch": "SendMessage",
    },
    "timestream-query": {"Query": "Select SelectValues"},
}
