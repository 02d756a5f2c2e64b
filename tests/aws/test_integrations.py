"""The optimized integrations, against the tables of the developer guide."""

from __future__ import annotations

from typing import Any

import pytest

from keyflow import DefinitionError, Workflow
from keyflow.aws import OperationCall, bedrock_runtime, eks, emr_containers, emr_serverless, resource_of, service
from keyflow.aws.authorization import permissions
from keyflow.aws.authorization.jobs import watching
from keyflow.aws.integrations import OPTIMIZED, optimized
from keyflow.aws.models import service_model
from keyflow.aws.naming import uncapitalised
from keyflow.diagnostics import Location

HERE = "${AWS::Region}:${AWS::AccountId}"
WAITS: dict[str, dict[str, str]] = {
    "athena": {"startQueryExecution": "sync", "stopQueryExecution": "", "getQueryExecution": "", "getQueryResults": ""},
    "batch": {"submitJob": "sync"},
    "bedrock": {"createModelCustomizationJob": "sync"},
    "bedrock-runtime": {"invokeModel": ""},
    "codebuild": {"startBuild": "sync", "stopBuild": "", "batchDeleteBuilds": "", "batchGetReports": "", "startBuildBatch": "sync", "stopBuildBatch": "", "retryBuildBatch": "", "deleteBuildBatch": ""},
    "databrew": {"startJobRun": "sync"},
    "dynamodb": {"getItem": "", "putItem": "", "updateItem": "", "deleteItem": ""},
    "ecs": {"runTask": "sync token"},
    "eks": {"createCluster": "sync", "deleteCluster": "sync", "createFargateProfile": "sync", "deleteFargateProfile": "sync", "createNodegroup": "sync", "deleteNodegroup": "sync"},
    "emr-containers": {"createVirtualCluster": "", "deleteVirtualCluster": "sync", "startJobRun": "sync"},
    "emr-serverless": {"createApplication": "sync", "startApplication": "sync", "stopApplication": "sync", "deleteApplication": "sync", "startJobRun": "sync", "cancelJobRun": "sync"},
    "events": {"putEvents": "token"},
    "glue": {"startJobRun": "sync"},
    "lambda": {"invoke": "token"},
    "mediaconvert": {"createJob": "sync"},
    "sagemaker": {"createEndpoint": "", "createEndpointConfig": "", "createHyperParameterTuningJob": "sync", "createLabelingJob": "sync", "createModel": "", "createProcessingJob": "sync", "createTrainingJob": "sync", "createTransformJob": "sync", "updateEndpoint": ""},
    "sns": {"publish": "token"},
    "sqs": {"sendMessage": "token"},
    "stepfunctions": {"startExecution": "sync:2 token"},
}  # fmt: skip
"""The operations by services, and what a Task can wait for, as the guide's page of each service says.

But for RetryBuildBatch, of which no page says what waiting for it takes.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html and the pages that it leads to.
"""
NODEGROUP = {"clusterName": "c", "nodegroupName": "n", "subnets": ["s"], "nodeRole": "arn:aws:iam::1:role/n"}
RUN = {"applicationId": "a", "clientToken": "t", "executionRoleArn": "arn:aws:iam::1:role/r"}


def test_the_table_is_the_guides() -> None:
    found: dict[str, dict[str, str]] = {}
    for name, integration in OPTIMIZED.items():
        model = service_model(name)
        assert model is not None
        for operation in integration.operations:
            patterns = [integration.jobs.get(operation, ""), "token" if operation in integration.callbacks else ""]
            action = uncapitalised(model.operations[operation].name)
            found.setdefault(name, {})[action] = " ".join(filter(None, patterns))
    assert found == WAITS


@pytest.mark.parametrize("name", WAITS)
def test_an_arn_is_read_back(name: str) -> None:
    """Two services are called `bedrock`: the action tells which one is meant."""
    model = service_model(name)
    assert model is not None
    for operation, found in model.operations.items():
        integration = optimized(name, operation)
        if integration is None:
            continue
        arn = f"arn:aws:states:::{integration.arn_service}:{uncapitalised(found.name)}"
        read = resource_of(arn).integration
        assert read is not None
        assert (read.model.service.name, read.operation, read.arn) == (name, operation, arn)
        assert getattr(service(name), operation).model is found


def test_members_are_spelt_as_the_guide_spells_them() -> None:
    """As in the examples of `connect-eks.html` and `connect-emr-eks.html`: the first letter is raised, at each level."""
    cluster = eks.create_cluster(name="c", roleArn="r", resourcesVpcConfig={"subnetIds": ["s"]})
    assert cluster.parameters == {"Name": "c", "RoleArn": "r", "ResourcesVpcConfig": {"SubnetIds": ["s"]}}
    provider = {"id": "c", "type": "EKS", "info": {"eksInfo": {"namespace": "n"}}}
    virtual = emr_containers.create_virtual_cluster(name="v", containerProvider=provider, clientToken="t")
    expected = {"Id": "c", "Type": "EKS", "Info": {"EksInfo": {"Namespace": "n"}}}
    assert virtual.parameters == {"Name": "v", "ContainerProvider": expected, "ClientToken": "t"}


def test_a_model_takes_and_gives_json_and_reads_and_writes_s3() -> None:
    """`connect-bedrock.html`: Body is JSON, Input and Output are the integration's own."""
    question = {"prompt": Workflow("W").input["question"]}
    call = bedrock_runtime.invoke_model(modelId="m", body=question, output={"S3Uri": "s3://answers/one"})
    assert call.parameters == {"ModelId": "m", "Body": question, "Output": {"S3Uri": "s3://answers/one"}}
    assert call.result.member("body")[0] == "Body"
    assert call.result.member("body")[1].member("content")[0] == "content"
    granted = {(each.action, each.resource) for each in permissions(call)}
    assert ("s3:PutObject", "arn:${AWS::Partition}:s3:::answers/one") in granted
    late = bedrock_runtime.invoke_model(modelId="m", input={"S3Uri": Workflow("W").input["place"]})
    (read,) = (each for each in permissions(late) if each.action == "s3:GetObject")
    assert (read.resource, read.wide) == ("arn:${AWS::Partition}:s3:::*", "input is known only to the execution")


def test_an_application_that_starts_says_which_it_was() -> None:
    """`connect-emr-serverless.html`: the API answers nothing, the integration with the id."""
    assert emr_serverless.start_application(applicationId="a").result.member("applicationId")[0] == "ApplicationId"


def test_what_no_integration_waits_for_is_refused() -> None:
    with pytest.raises(DefinitionError, match="KF238"):
        service("sagemaker").stop_training_job(TrainingJobName="t").sync()


@pytest.mark.parametrize(
    ("call", "actions", "resource", "rule"),
    [
        (eks.create_nodegroup(**NODEGROUP), {"eks:DescribeNodegroup", "eks:DeleteNodegroup"}, f"eks:{HERE}:nodegroup/c/n/*", None),
        (eks.delete_cluster(name="c"), {"eks:DescribeCluster"}, f"eks:{HERE}:cluster/c", None),
        (
            emr_containers.start_job_run(virtualClusterId="v", clientToken="t"),
            {"emr-containers:DescribeJobRun", "emr-containers:CancelJobRun"}, f"emr-containers:{HERE}:/virtualclusters/v/jobruns/*", None,
        ),
        (
            emr_serverless.start_job_run(**RUN),
            {"emr-serverless:GetJobRun", "emr-serverless:CancelJobRun"}, f"emr-serverless:{HERE}:/applications/a/jobruns/*",
            "StepFunctionsGetEventsForEMRServerlessJobRule",
        ),
        (
            emr_serverless.start_application(applicationId="a"),
            {"emr-serverless:GetApplication", "emr-serverless:StopApplication"}, f"emr-serverless:{HERE}:/applications/a",
            "StepFunctionsGetEventsForEMRServerlessApplicationRule",
        ),
        (
            service("codebuild").start_build_batch(projectName="p"),
            {"codebuild:BatchGetBuildBatches", "codebuild:StopBuildBatch"}, f"codebuild:{HERE}:project/p",
            "StepFunctionsGetEventForCodeBuildStartBuildBatchRule",
        ),
        (
            service("sagemaker").create_processing_job(
                ProcessingJobName="j", RoleArn="arn:aws:iam::1:role/r", AppSpecification={"ImageUri": "i"},
                ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}},
            ),
            {"sagemaker:DescribeProcessingJob", "sagemaker:StopProcessingJob"}, f"sagemaker:{HERE}:processing-job/j",
            "StepFunctionsGetEventsForSageMakerProcessingJobsRule",
        ),
    ],
)  # fmt: skip
def test_waiting_for_a_job_takes_what_the_guide_lists(
    call: OperationCall, actions: set[str], resource: str, rule: str | None
) -> None:
    beside = {each for each in permissions(call.sync()) if each not in permissions(call)}
    watched = {
        (each.action, each.resource) for each in beside if not each.action.startswith(("events:", "sagemaker:ListTags"))
    }
    assert watched == {(action, f"arn:${{AWS::Partition}}:{resource}") for action in actions}
    rules = {each.resource.rpartition("/")[2] for each in beside if each.action.startswith("events:")}
    assert rules == ({rule} if rule else set())


@pytest.mark.parametrize(("name", "integration"), OPTIMIZED.items())
def test_every_job_is_watched_with_actions_that_aws_has(name: str, integration: Any) -> None:
    """Nothing that is waited for is waited for without a permission: Step Functions refuses such a definition."""
    for operation in integration.jobs:
        model = service_model(name)
        assert model is not None
        place = Location(__file__, 1)
        call = OperationCall(
            model=model.operations[operation], operation=operation, written={}, parameters={}, location=place
        )
        own = [each.action for each in watching(call.sync()) if not each.action.startswith(("events:", "s3:"))]
        assert own, (name, operation)
