"""What undoes an operation, where neither the names nor CloudFormation say it: by hand, with how it is called.

`UNDONE_BY` names the operations, the first one first. `CALLED_WITH` says where the members of the undoing call come
from, where names do not rhyme. `OWN_NOUNS` says what an operation is about, where its name does not.
"""

from __future__ import annotations

from collections.abc import Mapping


def _words(text: str) -> list[str]:
    return text.split()


COUNTERPARTS: Mapping[str, tuple[str, ...]] = {
    "create": ("delete", "terminate"),
    "put": ("delete", "remove"),
    "register": ("deregister", "delete", "unregister"),
    "allocate": ("release", "deallocate"),
    "run": ("terminate", "stop", "cancel"),
    "start": ("stop", "cancel", "terminate", "abort", "end"),
    "submit": ("cancel", "terminate"),
    "begin": ("rollback",),
    "add": ("remove", "delete", "revoke"),
    "attach": ("detach",),
    "associate": ("disassociate", "dissociate"),
    "subscribe": ("unsubscribe",),
    "import": ("delete", "deregister"),
    "copy": ("delete", "deregister"),
    "clone": ("delete",),
    "restore": ("delete",),
    "authorize": ("revoke", "deauthorize"),
    "grant": ("revoke",),
    "request": ("delete", "cancel", "release"),
    "claim": ("release",),
    "upload": ("delete",),
    "publish": ("delete",),
    "issue": ("revoke",),
    "provision": ("deprovision", "terminate"),
    "invite": ("disassociate", "delete"),
    "replicate": ("delete",),
    "link": ("unlink",),
    "group": ("ungroup",),
    "share": ("unshare",),
    "open": ("close",),
    "define": ("delete",),
    "purchase": (),
    "tag": ("untag",),
    "enable": ("disable",),
    "disable": ("enable",),
    "activate": ("deactivate",),
    "pause": ("resume",),
    "suspend": ("resume", "unsuspend"),
    "lock": ("unlock",),
    "assign": ("unassign",),
    "label": ("unlabel",),
    "archive": ("unarchive",),
    "peer": ("unpeer",),
    "monitor": ("unmonitor",),
    "advertise": ("withdraw",),
    "connect": ("disconnect",),
    "enter": ("exit",),
    "deploy": ("undeploy",),
}
"""The verbs of operations that make or change something, and those that undo it, the likeliest first."""

UNDONE_BY: Mapping[str, str] = {
    # API Gateway and the data planes: neither IAM nor CloudFormation names their operations.
    "apigateway.import_api_keys": "delete_api_key",
    "apigateway.import_documentation_parts": "",
    "apigateway.generate_client_certificate": "delete_client_certificate",
    "apigateway.put_rest_api": "",
    "dynamodb.put_item": "delete_item",
    "dynamodb.import_table": "delete_table",
    "dynamodb.create_global_table": "",
    "dynamodb.start_bulk_put_items": "cancel_bulk_operation",
    "s3.put_object": "delete_object",
    "s3.copy_object": "delete_object",
    "s3.create_multipart_upload": "abort_multipart_upload",
    "s3.put_bucket_lifecycle_configuration": "delete_bucket_lifecycle",
    "sns.create_platform_endpoint": "delete_endpoint",
    "events.put_targets": "remove_targets",
    "events.start_replay": "cancel_replay",
    "lambda.publish_version": "delete_function",
    "lambda.add_permission": "remove_permission",
    "stepfunctions.start_execution": "stop_execution",
    "cognito-identity.get_id": "delete_identities",
    "cognito-idp.sign_up": "admin_delete_user",
    "cognito-idp.admin_add_user_to_group": "admin_remove_user_from_group",
    "cognito-idp.admin_link_provider_for_user": "admin_disable_provider_for_user",
    "cognito-idp.create_user_import_job": "stop_user_import_job",
    "cognito-idp.admin_disable_user": "admin_enable_user",
    "cognito-idp.admin_enable_user": "admin_disable_user",
    "iam.create_access_key": "delete_access_key",
    "iam.enable_mfa_device": "deactivate_mfa_device",
    "iam.upload_server_certificate": "delete_server_certificate",
    "kms.create_key": "schedule_key_deletion",
    "kms.replicate_key": "schedule_key_deletion",
    "kms.create_grant": "revoke_grant retire_grant",
    "secretsmanager.replicate_secret_to_regions": "remove_regions_from_replication",
    "ssm.create_association_batch": "",
    "ssm.register_target_with_maintenance_window": "deregister_target_from_maintenance_window",
    "ssm.register_task_with_maintenance_window": "deregister_task_from_maintenance_window",
    "ssm.send_command": "cancel_command",
    "ssm.start_automation_execution": "stop_automation_execution",
    "ssm.start_session": "terminate_session",
    "ses.verify_email_identity": "delete_identity",
    "ses.verify_email_address": "delete_verified_email_address",
    "ses.verify_domain_identity": "delete_identity",
    "ses.clone_receipt_rule_set": "delete_receipt_rule_set",
    "sesv2.create_export_job": "cancel_export_job",
    "ec2.run_instances": "terminate_instances",
    "ec2.run_scheduled_instances": "terminate_instances",
    "ec2.start_instances": "stop_instances",
    "ec2.create_image": "deregister_image",
    "ec2.copy_image": "deregister_image",
    "ec2.create_restore_image_task": "deregister_image",
    "ec2.import_image": "cancel_import_task",
    "ec2.import_snapshot": "cancel_import_task",
    "ec2.import_instance": "cancel_conversion_task",
    "ec2.import_volume": "cancel_conversion_task",
    "ec2.export_image": "cancel_export_task",
    "ec2.create_instance_export_task": "cancel_export_task",
    "ec2.bundle_instance": "cancel_bundle_task",
    "ec2.copy_volumes": "delete_volume",
    "ec2.create_snapshots": "delete_snapshot",
    "ec2.allocate_ipam_pool_cidr": "release_ipam_pool_allocation",
    "ec2.create_capacity_reservation": "cancel_capacity_reservation",
    "ec2.create_capacity_reservation_by_splitting": "cancel_capacity_reservation",
    "ec2.create_capacity_reservation_fleet": "cancel_capacity_reservation_fleets",
    "ec2.create_default_subnet": "delete_subnet",
    "ec2.create_default_vpc": "delete_vpc",
    "ec2.create_fleet": "delete_fleets",
    "ec2.create_flow_logs": "delete_flow_logs",
    "ec2.create_launch_template_version": "delete_launch_template_versions",
    "ec2.create_reserved_instances_listing": "cancel_reserved_instances_listing",
    "ec2.create_tags": "delete_tags",
    "ec2.create_vpc_endpoint": "delete_vpc_endpoints",
    "ec2.create_vpc_endpoint_connection_notification": "delete_vpc_endpoint_connection_notifications",
    "ec2.create_vpc_endpoint_service_configuration": "delete_vpc_endpoint_service_configurations",
    "ec2.request_spot_fleet": "cancel_spot_fleet_requests",
    "ec2.request_spot_instances": "cancel_spot_instance_requests",
    "ec2.start_network_insights_analysis": "delete_network_insights_analysis",
    "ec2.start_network_insights_access_scope_analysis": "delete_network_insights_access_scope_analysis",
    "ecs.run_task": "stop_task",
    "ecs.start_task": "stop_task",
    "batch.submit_job": "cancel_job terminate_job",
    "glue.start_job_run": "batch_stop_job_run",
    "glue.register_schema_version": "delete_schema_versions",
    "glue.run_statement": "cancel_statement",
    "athena.start_query_execution": "stop_query_execution",
    "athena.start_session": "terminate_session",
    "logs.create_export_task": "cancel_export_task",
    "cloudwatch.put_metric_alarm": "delete_alarms",
    "cloudwatch.put_composite_alarm": "delete_alarms",
    "cloudwatch.put_log_alarm": "delete_alarms",
    "cloudwatch.put_dashboard": "delete_dashboards",
    "cloudwatch.put_insight_rule": "delete_insight_rules",
    "route53.associate_vpc_with_hosted_zone": "disassociate_vpc_from_hosted_zone",
    "route53.create_traffic_policy_version": "delete_traffic_policy",
    "route53domains.register_domain": "delete_domain",
    "acm.request_certificate": "delete_certificate",
    "acm.import_certificate": "delete_certificate",
    "rds.create_db_instance_read_replica": "delete_db_instance",
    "rds.start_export_task": "cancel_export_task",
    "bedrock.create_model_invocation_job": "stop_model_invocation_job",
    "bedrock.create_model_customization_job": "stop_model_customization_job",
    "bedrock.create_evaluation_job": "stop_evaluation_job",
    "bedrock.create_guardrail_version": "delete_guardrail",
    "bedrock.create_model_copy_job": "delete_custom_model",
    "bedrock.create_model_import_job": "delete_imported_model",
    "bedrock-agent.create_prompt_version": "delete_prompt",
    "bedrock-agent.start_ingestion_job": "stop_ingestion_job",
    "sagemaker.create_auto_ml_job": "stop_auto_ml_job",
    "sagemaker.create_auto_ml_job_v2": "stop_auto_ml_job",
    "sagemaker.create_edge_packaging_job": "stop_edge_packaging_job",
    "sagemaker.create_inference_recommendations_job": "stop_inference_recommendations_job",
    "sagemaker.create_labeling_job": "stop_labeling_job",
    "sagemaker.create_transform_job": "stop_transform_job",
    # CloudFormation deletes what they belong to, which was there.
    "lightsail.attach_load_balancer_tls_certificate": "",
    "lightsail.create_container_service_deployment": "",
    "m2.create_deployment": "",
    "mpa.create_approval_team": "",
    "network-firewall.associate_firewall_policy": "",
    "personalize.create_dataset_import_job": "",
    # The names rhyme, and which node or version is undone is not among what must be given.
    "sagemaker.batch_add_cluster_nodes": "",
    "sagemaker.create_image_version": "",
    "sagemaker.add_association": "delete_association",
    "kinesis.register_stream_consumer": "deregister_stream_consumer",
    "organizations.create_account": "close_account",
    "organizations.create_gov_cloud_account": "close_account",
    "organizations.attach_policy": "detach_policy",
    "organizations.invite_account_to_organization": "cancel_handshake",
    "cloudformation.execute_change_set": "rollback_stack",
    "cloudformation.start_resource_scan": "",
    "codebuild.start_build": "stop_build",
    "codebuild.retry_build": "stop_build",
    "codebuild.start_build_batch": "stop_build_batch",
    "codepipeline.start_pipeline_execution": "stop_pipeline_execution",
    "codedeploy.create_deployment": "stop_deployment",
    "ecr.put_image": "batch_delete_image",
    "ecr-public.put_image": "batch_delete_image",
    "eks.associate_identity_provider_config": "disassociate_identity_provider_config",
    "elasticache.copy_snapshot": "delete_snapshot",
    "cloudfront.create_distribution_with_tags": "delete_distribution",
    "cloudfront.create_streaming_distribution_with_tags": "delete_streaming_distribution",
    "emr.run_job_flow": "terminate_job_flows",
    "emr.add_job_flow_steps": "cancel_steps",
    "emr-containers.start_job_run": "cancel_job_run",
    "emr-serverless.start_job_run": "cancel_job_run",
    "emr-serverless.start_session": "terminate_session",
    "mediaconvert.create_job": "cancel_job",
    "autoscaling.create_or_update_tags": "delete_tags",
    "autoscaling.put_scaling_policy": "delete_policy",
    "autoscaling.put_scheduled_update_group_action": "delete_scheduled_action",
    "autoscaling.attach_instances": "detach_instances",
    "connect.claim_phone_number": "release_phone_number",
    "connect.import_phone_number": "release_phone_number",
    "connect.replicate_instance": "delete_instance",
    "connect.start_outbound_voice_contact": "stop_contact",
    "connect.start_chat_contact": "stop_contact",
    "connect.start_task_contact": "stop_contact",
    "transcribe.start_transcription_job": "delete_transcription_job",
    "transcribe.start_call_analytics_job": "delete_call_analytics_job",
    "transcribe.start_medical_transcription_job": "delete_medical_transcription_job",
    "transcribe.start_medical_scribe_job": "delete_medical_scribe_job",
    "servicecatalog.provision_product": "terminate_provisioned_product",
    "servicediscovery.register_instance": "deregister_instance",
    "redshift.restore_from_cluster_snapshot": "delete_cluster",
    "rekognition.index_faces": "delete_faces",
    "lightsail.create_instances": "delete_instance",
    "lightsail.create_instances_from_snapshot": "delete_instance",
    "quicksight.register_user": "delete_user",
    "workspaces.create_workspaces": "terminate_workspaces",
    "iot.attach_policy": "detach_policy",
    "iot.create_job": "cancel_job delete_job",
    "iot.create_keys_and_certificate": "delete_certificate",
    "iot.create_certificate_from_csr": "delete_certificate",
    "iot.register_certificate": "delete_certificate",
    "iot.register_ca_certificate": "delete_ca_certificate",
    "rds-data.begin_transaction": "rollback_transaction",
    "lakeformation.start_transaction": "cancel_transaction",
}
"""The undoing operations of the same service, by service and operation; empty where the rhyme of names misleads."""

CALLED_WITH: Mapping[str, Mapping[str, str]] = {
    "dynamodb.put_item delete_item": {"TableName": "input.TableName", "Key": "part(input.Item)"},
    "apigateway.import_api_keys delete_api_key": {"apiKey": "result.ids[0]"},
    "apigateway.create_base_path_mapping delete_base_path_mapping": {
        "domainName": "input.domainName",
        "basePath": "input.basePath",
        "domainNameId": "input.domainNameId?",
    },
    "apigateway.generate_client_certificate delete_client_certificate": {
        "clientCertificateId": "result.clientCertificateId"
    },
    "secretsmanager.create_secret delete_secret": {"SecretId": "input.Name"},
    "sns.create_platform_endpoint delete_endpoint": {"EndpointArn": "result.EndpointArn"},
    "lambda.publish_version delete_function": {"FunctionName": "input.FunctionName", "Qualifier": "result.Version"},
    "lambda.publish_layer_version delete_layer_version": {
        "LayerName": "input.LayerName",
        "VersionNumber": "result.Version",
    },
    "ec2.import_image cancel_import_task": {"ImportTaskId": "result.ImportTaskId"},
    "ec2.import_snapshot cancel_import_task": {"ImportTaskId": "result.ImportTaskId"},
    "ec2.export_image cancel_export_task": {"ExportTaskId": "result.ExportImageTaskId"},
    "ec2.request_spot_fleet cancel_spot_fleet_requests": {
        "SpotFleetRequestIds": "[result.SpotFleetRequestId]",
        "TerminateInstances": "true",
    },
    "ec2.request_spot_instances cancel_spot_instance_requests": {
        "SpotInstanceRequestIds": "result.SpotInstanceRequests[].SpotInstanceRequestId"
    },
    "ec2.create_fleet delete_fleets": {"FleetIds": "[result.FleetId]", "TerminateInstances": "true"},
    "ec2.associate_vpc_cidr_block disassociate_vpc_cidr_block": {
        "AssociationId": "result.CidrBlockAssociation.AssociationId"
    },
    "kinesis.register_stream_consumer deregister_stream_consumer": {"ConsumerARN": "result.Consumer.ConsumerARN"},
    "bedrock.create_provisioned_model_throughput delete_provisioned_model_throughput": {
        "provisionedModelId": "result.provisionedModelArn"
    },
    "cognito-identity.get_id delete_identities": {"IdentityIdsToDelete": "[result.IdentityId]"},
    "cognito-idp.admin_link_provider_for_user admin_disable_provider_for_user": {
        "UserPoolId": "input.UserPoolId",
        "User": "input.SourceUser",
    },
    "cognito-idp.create_user_import_job stop_user_import_job": {
        "UserPoolId": "input.UserPoolId",
        "JobId": "result.UserImportJob.JobId",
    },
    "cognito-idp.sign_up admin_delete_user": {"Username": "input.Username"},
    "ses.verify_email_identity delete_identity": {"Identity": "input.EmailAddress"},
    "ses.verify_domain_identity delete_identity": {"Identity": "input.Domain"},
    "kms.replicate_key schedule_key_deletion": {"KeyId": "result.ReplicaKeyMetadata.KeyId"},
    "kms.create_grant revoke_grant": {"KeyId": "input.KeyId", "GrantId": "result.GrantId"},
    "kms.create_grant retire_grant": {"KeyId": "input.KeyId", "GrantId": "result.GrantId"},
    "iam.create_access_key delete_access_key": {
        "UserName": "input.UserName?",
        "AccessKeyId": "result.AccessKey.AccessKeyId",
    },
    "ec2.allocate_address release_address": {"AllocationId": "result.AllocationId"},
    "ec2.associate_address disassociate_address": {"AssociationId": "result.AssociationId"},
    "ec2.create_security_group delete_security_group": {"GroupId": "result.GroupId"},
    "ec2.authorize_security_group_ingress revoke_security_group_ingress": {
        "GroupId": "input.GroupId",
        "SecurityGroupRuleIds": "result.SecurityGroupRules[].SecurityGroupRuleId",
    },
    "ec2.authorize_security_group_egress revoke_security_group_egress": {
        "GroupId": "input.GroupId",
        "SecurityGroupRuleIds": "result.SecurityGroupRules[].SecurityGroupRuleId",
    },
    "ec2.run_instances terminate_instances": {"InstanceIds": "result.Instances[].InstanceId"},
    "ec2.run_scheduled_instances terminate_instances": {"InstanceIds": "result.InstanceIdSet"},
    "ec2.create_key_pair delete_key_pair": {"KeyName": "input.KeyName"},
    "ec2.import_key_pair delete_key_pair": {"KeyName": "input.KeyName"},
    "ec2.attach_volume detach_volume": {"VolumeId": "input.VolumeId"},
    "ec2.create_tags delete_tags": {"Resources": "input.Resources", "Tags": "input.Tags"},
    "ecs.run_task stop_task": {"cluster": "input.cluster?", "task": "result.tasks[0].taskArn"},
    "ecs.start_task stop_task": {"cluster": "input.cluster?", "task": "result.tasks[0].taskArn"},
    "ecs.create_cluster delete_cluster": {"cluster": "result.cluster.clusterArn"},
    "ecs.create_service delete_service": {"cluster": "input.cluster?", "service": "input.serviceName"},
    "ecs.register_task_definition deregister_task_definition": {
        "taskDefinition": "result.taskDefinition.taskDefinitionArn"
    },
    "batch.submit_job cancel_job": {"jobId": "result.jobId", "reason": '"undone"'},
    "batch.submit_job terminate_job": {"jobId": "result.jobId", "reason": '"undone"'},
    "batch.register_job_definition deregister_job_definition": {"jobDefinition": "result.jobDefinitionArn"},
    "batch.create_job_queue delete_job_queue": {"jobQueue": "input.jobQueueName"},
    "batch.create_compute_environment delete_compute_environment": {
        "computeEnvironment": "input.computeEnvironmentName"
    },
    "glue.start_job_run batch_stop_job_run": {"JobName": "input.JobName", "JobRunIds": "[result.JobRunId]"},
    "cloudwatch.put_metric_alarm delete_alarms": {"AlarmNames": "[input.AlarmName]"},
    "cloudwatch.put_composite_alarm delete_alarms": {"AlarmNames": "[input.AlarmName]"},
    "cloudwatch.put_log_alarm delete_alarms": {"AlarmNames": "[input.AlarmName]"},
    "cloudwatch.put_dashboard delete_dashboards": {"DashboardNames": "[input.DashboardName]"},
    "cloudwatch.put_insight_rule delete_insight_rules": {"RuleNames": "[input.RuleName]"},
    "route53.create_hosted_zone delete_hosted_zone": {"Id": "result.HostedZone.Id"},
    "route53.create_health_check delete_health_check": {"HealthCheckId": "result.HealthCheck.Id"},
    "route53.create_traffic_policy delete_traffic_policy": {
        "Id": "result.TrafficPolicy.Id",
        "Version": "result.TrafficPolicy.Version",
    },
    "route53.create_traffic_policy_version delete_traffic_policy": {
        "Id": "input.Id",
        "Version": "result.TrafficPolicy.Version",
    },
    "bedrock.create_guardrail_version delete_guardrail": {
        "guardrailIdentifier": "input.guardrailIdentifier",
        "guardrailVersion": "result.version",
    },
    "bedrock-agent.create_prompt_version delete_prompt": {
        "promptIdentifier": "input.promptIdentifier",
        "promptVersion": "result.version",
    },
    "bedrock.create_model_customization_job stop_model_customization_job": {"jobIdentifier": "result.jobArn"},
    "bedrock.create_model_invocation_job stop_model_invocation_job": {"jobIdentifier": "result.jobArn"},
    "bedrock.create_evaluation_job stop_evaluation_job": {"jobIdentifier": "result.jobArn"},
    "bedrock.create_model_copy_job delete_custom_model": {"modelIdentifier": "input.targetModelName"},
    "bedrock.create_model_import_job delete_imported_model": {"modelIdentifier": "input.importedModelName"},
    "codebuild.start_build stop_build": {"id": "result.build.id"},
    "codebuild.retry_build stop_build": {"id": "result.build.id"},
    "codebuild.start_build_batch stop_build_batch": {"id": "result.buildBatch.id"},
    "codepipeline.start_pipeline_execution stop_pipeline_execution": {
        "pipelineName": "input.name",
        "pipelineExecutionId": "result.pipelineExecutionId",
    },
    "ecr.put_image batch_delete_image": {
        "registryId": "input.registryId?",
        "repositoryName": "input.repositoryName",
        "imageIds": "[result.image.imageId]",
    },
    "ecr-public.put_image batch_delete_image": {
        "registryId": "input.registryId?",
        "repositoryName": "input.repositoryName",
        "imageIds": "[result.image.imageId]",
    },
    "cloudfront.create_distribution delete_distribution": {"Id": "result.Distribution.Id", "IfMatch": "result.ETag"},
    "cloudfront.create_distribution_with_tags delete_distribution": {
        "Id": "result.Distribution.Id",
        "IfMatch": "result.ETag",
    },
    "cloudfront.create_function delete_function": {"Name": "input.Name", "IfMatch": "result.ETag"},
    "wafv2.create_web_acl delete_web_acl": {
        "Name": "input.Name",
        "Scope": "input.Scope",
        "Id": "result.Summary.Id",
        "LockToken": "result.Summary.LockToken",
    },
    "wafv2.create_ip_set delete_ip_set": {
        "Name": "input.Name",
        "Scope": "input.Scope",
        "Id": "result.Summary.Id",
        "LockToken": "result.Summary.LockToken",
    },
    "wafv2.create_rule_group delete_rule_group": {
        "Name": "input.Name",
        "Scope": "input.Scope",
        "Id": "result.Summary.Id",
        "LockToken": "result.Summary.LockToken",
    },
    "wafv2.create_regex_pattern_set delete_regex_pattern_set": {
        "Name": "input.Name",
        "Scope": "input.Scope",
        "Id": "result.Summary.Id",
        "LockToken": "result.Summary.LockToken",
    },
    "emr.run_job_flow terminate_job_flows": {"JobFlowIds": "[result.JobFlowId]"},
    "emr.add_job_flow_steps cancel_steps": {"ClusterId": "input.JobFlowId", "StepIds": "result.StepIds"},
    "emr-containers.start_job_run cancel_job_run": {"id": "result.id", "virtualClusterId": "input.virtualClusterId"},
    "emr-serverless.start_job_run cancel_job_run": {
        "applicationId": "input.applicationId",
        "jobRunId": "result.jobRunId",
    },
    "mediaconvert.create_job cancel_job": {"Id": "result.Job.Id"},
    "organizations.create_account close_account": {"AccountId": "result.CreateAccountStatus.AccountId"},
    "organizations.invite_account_to_organization cancel_handshake": {"HandshakeId": "result.Handshake.Id"},
    "cloudformation.create_stack delete_stack": {"StackName": "input.StackName"},
    "cloudformation.execute_change_set rollback_stack": {"StackName": "input.StackName"},
    "autoscaling.put_scaling_policy delete_policy": {
        "AutoScalingGroupName": "input.AutoScalingGroupName",
        "PolicyName": "input.PolicyName",
    },
    "efs.create_file_system delete_file_system": {"FileSystemId": "result.FileSystemId"},
    "elbv2.create_load_balancer delete_load_balancer": {"LoadBalancerArn": "result.LoadBalancers[0].LoadBalancerArn"},
    "elbv2.create_target_group delete_target_group": {"TargetGroupArn": "result.TargetGroups[0].TargetGroupArn"},
    "elbv2.create_listener delete_listener": {"ListenerArn": "result.Listeners[0].ListenerArn"},
    "elbv2.create_rule delete_rule": {"RuleArn": "result.Rules[0].RuleArn"},
    "lakeformation.start_transaction cancel_transaction": {"TransactionId": "result.TransactionId"},
    "rds-data.begin_transaction rollback_transaction": {
        "resourceArn": "input.resourceArn",
        "secretArn": "input.secretArn",
        "transactionId": "result.transactionId",
    },
    "iot.create_keys_and_certificate delete_certificate": {"certificateId": "result.certificateId"},
    "servicecatalog.provision_product terminate_provisioned_product": {
        "ProvisionedProductId": "result.RecordDetail.ProvisionedProductId"
    },
}
"""Where the members come from that an undoing call must be given, by `service.operation undoing`.

`scripts/undoing.py` tells the words.
"""

FOUND_BY: Mapping[str, str] = {
    "ec2.run_instances": "describe_instances",
    "ec2.allocate_address": "describe_addresses",
    "ec2.create_vpc_endpoint": "describe_vpc_endpoints",
    "iam.attach_group_policy": "list_attached_group_policies",
    "iam.attach_role_policy": "list_attached_role_policies",
    "iam.attach_user_policy": "list_attached_user_policies",
    "kms.create_key": "list_keys",
    "sns.subscribe": "list_subscriptions_by_topic",
    "events.put_targets": "list_targets_by_rule",
    "ecr.put_image": "list_images",
    "ssm.send_command": "list_commands",
}
"""The operations that look for what one makes, where names do not rhyme."""

OWN_NOUNS: Mapping[str, str] = {
    "batch.submit_job": "job",
    "cognito-identity.get_id": "identity",
    "cognito-idp.sign_up": "user",
    "kms.replicate_key": "replica key",
    "lambda.publish_version": "version",
    "s3.copy_object": "object",
    "ses.verify_domain_identity": "identity",
    "ses.verify_email_identity": "identity",
    "sns.publish": "message",
    "sns.publish_batch": "messages",
    "sns.subscribe": "subscription",
    "sqs.send_message_batch": "messages",
    "iot-data.publish": "message",
    "ecs.run_task": "task",
    "emr.run_job_flow": "cluster",
    "ec2.run_instances": "instances",
    "dynamodb.transact_write_items": "items",
    "dynamodb.batch_write_item": "items",
    "lambda.invoke": "function",
}
"""What an operation is about, where its name without the verb does not say it."""

TOKENS = frozenset(
    _words(
        "clienttoken clientrequesttoken idempotencytoken callerreference creatorrequestid creationtoken requesttoken "
        "clientidempotencytoken messagededuplicationid"
    )
)
"""Members that make a repeated call one and the same, where the model does not mark them as `idempotencyToken`."""

OWN_TOKENS: Mapping[str, str] = {
    # Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html (Standard only)
    "stepfunctions.start_execution": "name",
}

MARKS: Mapping[str, tuple[str, ...]] = {
    "dynamodb.put_item": ("Item",),
    "s3.put_object": ("Metadata", "Tagging"),
    "s3.copy_object": ("Metadata", "Tagging"),
    "sqs.send_message": ("MessageAttributes",),
    "sns.publish": ("MessageAttributes",),
    "cognito-idp.admin_create_user": ("UserAttributes", "ClientMetadata"),
    "cognito-idp.sign_up": ("UserAttributes", "ClientMetadata"),
}
"""The members in which a caller can say who it is, beside those that are called so in every service."""

UPSERTS = frozenset(
    _words(
        "translate.import_terminology sns.create_topic sqs.create_queue sns.subscribe dynamodb.update_item "
        "s3.put_object s3.copy_object cognito-identity.get_id iot-data.update_thing_shadow "
        "autoscaling.create_or_update_tags ec2.create_tags route53.change_tags_for_resource "
        "sns.create_platform_application sns.create_platform_endpoint ecs.create_cluster "
        "ecs.register_task_definition batch.register_job_definition lambda.publish_version"
    )
)
"""Creates that give back, or write over, what is there under the name; a `put_` is one without standing here.

Sources: the pages of the operations (`CreateTopic`: "This action is idempotent"; `CreateQueue` with equal attributes).
"""

GIVES_BACK: Mapping[str, tuple[str, ...]] = {
    "sns.create_topic": ("Name",),
    "sns.create_platform_endpoint": ("PlatformApplicationArn", "Token"),
    "sns.subscribe": ("TopicArn", "Protocol", "Endpoint"),
    "sqs.create_queue": ("QueueName",),
    "ecs.create_cluster": ("clusterName",),
    "elbv2.create_listener": ("LoadBalancerArn", "Port"),
    "elbv2.create_load_balancer": ("Name",),
    "elbv2.create_target_group": ("Name",),
    "glacier.create_vault": ("accountId", "vaultName"),
    "iam.add_client_id_to_open_id_connect_provider": ("OpenIDConnectProviderArn", "ClientID"),
    "stepfunctions.create_activity": ("name",),
    "stepfunctions.create_state_machine": ("name",),
    "stepfunctions.create_state_machine_alias": ("name",),
    "stepfunctions.start_execution": ("name",),
    "verifiedpermissions.create_policy_store_alias": ("aliasName",),
}
"""Creates that give back what is there, whoever made it, and the members by which the caller names that.

Sources: the pages of the operations call them idempotent in these members. `CreateQueue` gives the queue back where its
attributes are the same, `StartExecution` a running execution that has the same input; `Subscribe` and `CreateCluster`
answer with what is there.
"""

EXISTS: Mapping[str, tuple[str, ...]] = {
    # An error whose name and text do not say that the thing is there already, though the page of the operation does.
    "apigateway.create_usage_plan_key": ("ConflictException",),
    "apigateway.put_method": ("ConflictException",),
    "dynamodb.create_table": ("ResourceInUseException",),
    "kinesis.create_stream": ("ResourceInUseException",),
    "lambda.create_function": ("ResourceConflictException",),
    "lambda.create_alias": ("ResourceConflictException",),
    "lambda.add_permission": ("ResourceConflictException",),
    "scheduler.create_schedule": ("ConflictException",),
    "scheduler.create_schedule_group": ("ConflictException",),
    "ssm.put_parameter": ("ParameterAlreadyExists",),
    "s3.create_bucket": ("BucketAlreadyExists", "BucketAlreadyOwnedByYou"),
}
"""The errors by which an operation says that the thing is there already, decided by hand."""
