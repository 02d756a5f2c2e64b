"""What the names of operations say that they do, and what was decided by hand, each with its reason.

`scripts/effects.py` compares the names with what IAM and CloudFormation say, and refuses to write while a disagreement
is not decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_WORDS = {
    "reads": "list get describe search query scan head lookup check validate detect count is preview estimate "
    "calculate compare predict recognize analyze classify select view evaluate simulate retrieve rerank "
    "discover filter infer decode verify test export download generate render resolve translate suggest "
    "autocomplete geocode reverse_geocode snap optimize forecast sample derive encrypt decrypt sign "
    "re_encrypt synthesize introspect contains domain_metadata carrier_lookup phone_number_validate probe "
    "rescore assume read agentic_retrieve encapsulate decapsulate transcribe transact_get converse "
    "exchange create_presigned",
    "creates": "create allocate request import copy clone restore register subscribe purchase issue provision add "
    "attach associate authorize grant upload define replicate invite sign_up link claim reserve open "
    "acquire launch publish_version publish_layer_version publish_state_machine_version checkout group "
    "install share convert compose bundle save initiate_multipart_upload",
    "changes": "update modify put set tag untag enable disable accept reject reset merge change configure apply "
    "replace transfer move rotate upgrade promote lock unlock resume pause suspend unsuspend activate "
    "deactivate confirm complete acknowledge assign unassign increase decrease rename write resize "
    "reboot restart failover switchover publish deprecate undeprecate archive unarchive label unlabel "
    "transact initialize prepare advertise withdraw unshare record report renew continue override "
    "reorder swap refresh rebuild retry rollback monitor unmonitor peer unpeer opt add_tags "
    "create_or_update_tags remove_tags delete_tags poll receive connect disconnect approve decline join "
    "leave manage enter exit process redeem regenerate skip dismiss rebalance allow deny resync "
    "checkpoint setup take finalize mark shrink amend backtrack push evict shutdown toggle migrate "
    "reimport logout extend redact split commit reverse user global ungroup reload "
    "save_browser_session_profile drain invalidate resolve_case respond ingest index channel "
    "request_cancel recall return restore_secret import_key_material vote disallow "
    "complete_multipart_upload upload_part upload_layer_part",
    "deletes": "delete remove deregister release terminate detach disassociate revoke unsubscribe cancel stop abort "
    "purge deprovision deauthorize dissociate unregister retire dispose forget expire discard flush "
    "clear close end unlink undeploy schedule_key_deletion",
    "sends": "send post notify resend signal meter provide insert insight deliver forgot reinvite",
    "starts": "start run submit initiate begin schedule redrive populate build deploy sync synchronize distribute",
    "unknown": "invoke execute chat",
}


def _words(text: str) -> list[str]:
    return text.split()


VERBS: Mapping[str, str] = {word: effect for effect, words in _WORDS.items() for word in words.split()}
"""The effect that the beginning of an operation's name says: the longest beginning, in whole words, wins."""

SENT = frozenset(
    _words(
        "events raw_events partner_events record records record_batch log_events metric_data metrics audit_events "
        "rum_events trace_segments telemetry_records action_interactions evaluations external_evaluation feedback "
        "message_feedback recommendation_feedback agent_recommendation_feedback compliance_inquiry_feedback "
        "raw_message_content metadata dial_request_batch outbound_request_batch profile_outbound_request_batch "
        "job_success_result job_failure_result "
        "third_party_job_success_result third_party_job_failure_result approval_result"
    )
)
"""What a `put_` hands over for others to read or act on: nothing takes it back."""


@dataclass(frozen=True)
class Decision:
    """What operations do, where names and references disagree, or neither of them says it right."""

    effect: str
    reason: str
    operations: tuple[str, ...]


def _decided(effect: str, reason: str, operations: str) -> Decision:
    return Decision(effect, reason, tuple(operations.split()))


_READS = (
    _decided(
        "reads",
        "computes with a key, and keeps nothing; IAM counts the use of a key as Write",
        "kms.encrypt kms.decrypt kms.re_encrypt kms.sign kms.verify kms.verify_mac kms.generate_mac "
        "kms.generate_random kms.generate_data_key kms.generate_data_key_pair "
        "kms.generate_data_key_pair_without_plaintext kms.generate_data_key_without_plaintext "
        "kms.derive_shared_secret signer.sign_payload payment-cryptography.export_key "
        "payment-cryptography-data.encrypt_data payment-cryptography-data.decrypt_data "
        "payment-cryptography-data.re_encrypt_data payment-cryptography-data.translate_key_material "
        "payment-cryptography-data.translate_pin_data payment-cryptography-data.generate_as2805_kek_validation "
        "payment-cryptography-data.generate_auth_request_cryptogram "
        "payment-cryptography-data.generate_card_validation_data payment-cryptography-data.generate_mac "
        "payment-cryptography-data.generate_mac_emv_pin_change payment-cryptography-data.generate_pin_data "
        "payment-cryptography-data.verify_auth_request_cryptogram "
        "payment-cryptography-data.verify_card_validation_data payment-cryptography-data.verify_mac "
        "payment-cryptography-data.verify_pin_data",
    ),
    _decided(
        "reads",
        "hands out credentials, a token or an address that end by themselves; IAM counts that as Write",
        "amplify.generate_access_logs deadline.assume_fleet_role_for_read deadline.assume_fleet_role_for_worker "
        "deadline.assume_queue_role_for_read deadline.assume_queue_role_for_user "
        "deadline.assume_queue_role_for_worker sts.assume_role sts.assume_role_with_saml "
        "sts.assume_role_with_web_identity sts.assume_root sts.get_delegated_access_token "
        "sts.get_web_identity_token workmail.assume_impersonation_role athena.get_session_endpoint "
        "athena.create_presigned_notebook_url bedrock-agentcore.get_workload_access_token "
        "bedrock-agentcore.get_workload_access_token_for_jwt "
        "bedrock-agentcore.get_workload_access_token_for_user_id "
        "datazone.get_iam_portal_login_url "
        "emr.get_cluster_session_credentials emr.get_on_cluster_app_ui_presigned_url "
        "emr.get_persistent_app_ui_presigned_url emr.get_session_endpoint "
        "emr-containers.get_managed_endpoint_session_credentials lightsail.get_instance_access_details "
        "lightsail.get_relational_database_master_user_password "
        "redshift-serverless.get_credentials security-ir.get_case_attachment_upload_url "
        "quicksight.generate_embed_url_for_anonymous_user quicksight.generate_embed_url_for_registered_user "
        "quicksight.generate_embed_url_for_registered_user_with_identity "
        "kinesisanalyticsv2.create_application_presigned_url sagemaker.create_hub_content_presigned_urls "
        "sagemaker.create_partner_app_presigned_url sagemaker.create_presigned_domain_url "
        "sagemaker.create_presigned_mlflow_app_url sagemaker.create_presigned_mlflow_tracking_server_url "
        "sagemaker.create_presigned_notebook_instance_url signin.create_oauth2_token sso-oidc.create_token "
        "sso-oidc.create_token_with_iam amplifyuibuilder.exchange_code_for_token amplifyuibuilder.refresh_token "
        "ecs.discover_poll_endpoint gamelift.request_upload_credentials route53domains.retrieve_domain_auth_code "
        "s3.create_session mwaa.create_cli_token mwaa.create_web_login_token",
    ),
    _decided(
        "reads",
        "a trial run or a judgement: computes an answer, and keeps nothing; IAM counts it as Write",
        "appconfig.validate_configuration "
        "secretsmanager.validate_resource_policy backup-gateway.test_hypervisor_configuration b2bi.test_conversion "
        "b2bi.test_mapping b2bi.test_parsing b2bi.generate_mapping cloudfront.test_connection_function "
        "cloudfront.test_function elasticache.test_migration glue.test_connection "
        "macie2.test_custom_data_identifier ses.test_render_template sesv2.test_render_email_template "
        "transfer.test_connection bedrock-agentcore.evaluate "
        "cloudtrail.generate_query "
        "network-security-manager.generate_rule_configuration "
        "voice-id.evaluate_session sts.decode_authorization_message machinelearning.predict "
        "bedrock-agent-runtime.rerank neptunedata.execute_gremlin_explain_query "
        "neptunedata.execute_open_cypher_explain_query",
    ),
    _decided(
        "reads",
        "only looks things up, as its page says; IAM counts it as Write, since it asks elsewhere or is confidential",
        "apigatewaymanagementapi.get_connection appfabric.batch_get_user_access_tasks billing.get_resource_policy "
        "iot-data.get_connection iot-data.list_subscriptions ssm-sap.get_resource_permission "
        "glue.describe_connection_type glue.describe_entity "
        "glue.list_connection_types glue.list_entities quicksight.describe_data_set_permissions "
        "quicksight.describe_data_source_permissions quicksight.describe_knowledge_base_permissions "
        "quicksight.describe_space_permissions quicksight.describe_topic_permissions athena.export_notebook "
        "bcm-pricing-calculator.list_tags_for_resource route53globalresolver.list_tags_for_resource "
        "cloudwatchomni.search_principals meteringmarketplace.resolve_customer "
        "bedrock-agentcore.invoke_web_search",
    ),
    _decided(
        "reads",
        "a model answers, and nothing is left of it",
        "bedrock-runtime.invoke_model bedrock-runtime.invoke_model_with_response_stream "
        "bedrock-runtime.apply_guardrail bedrock-runtime.invoke_model_with_bidirectional_stream "
        "bedrock-runtime.invoke_guardrail_checks bedrock-agent-runtime.retrieve_and_generate "
        "bedrock-agent-runtime.retrieve_and_generate_stream bedrock-data-automation-runtime.invoke_data_automation "
        "qapps.predict_q_app iotsitewise.invoke_assistant sagemaker-runtime.invoke_endpoint "
        "sagemaker-runtime.invoke_endpoint_with_response_stream "
        "sagemaker-gateway-runtime.invoke_global_inference_gateway "
        "sagemaker-gateway-runtime.invoke_global_inference_gateway_with_response_stream "
        "sagemaker-inference-router-runtime.invoke_inference_router ",
    ),
    _decided(
        "reads",
        "starts a query that only reads: it ends by itself, and nothing is left but its answer",
        "accessanalyzer.generate_finding_recommendation securityhub.generate_recommended_policy_v2 logs.start_query "
        "logs.start_live_tail internetmonitor.start_query xray.start_trace_retrieval "
        "deadline.start_sessions_statistics_aggregation devops-guru.start_cost_estimation "
        "ssm.start_execution_preview service-quotas.start_quota_utilization_report "
        "polly.start_speech_synthesis_stream iotsitewise.execute_query iottwinmaker.execute_query "
        "cloudtrail.start_query elasticbeanstalk.request_environment_info kinesis.subscribe_to_shard "
        "timestream-query.prepare_query",
    ),
)

_CREATES = (
    _decided(
        "creates",
        "makes an item, or writes over the one that has the same key",
        "dynamodb.put_item s3.put_object mediastore-data.put_object",
    ),
    _decided(
        "creates",
        "makes what is not there yet: a subscription that the caller names, an alarm, a rule",
        "cloudwatch.put_metric_alarm cloudwatch.put_composite_alarm cloudwatch.put_dashboard "
        "cloudwatch.put_insight_rule cloudwatch.put_log_alarm cloudwatch.put_managed_insight_rules "
        "autoscaling.put_scaling_policy autoscaling.put_scheduled_update_group_action events.put_targets "
        "ecr.put_image ecr-public.put_image signer.put_signing_profile config.put_connector "
        "config.put_aggregation_authorization cur.put_report_definition lambda.put_function_event_invoke_config "
        "glue.put_schema_version_metadata location.put_geofence location.batch_put_geofence s3vectors.put_vectors "
        "sagemaker-featurestore-runtime.put_record connect.batch_put_contact kendra.batch_put_document "
        "apigateway.put_method apigateway.put_method_response apigateway.put_integration "
        "apigateway.put_integration_response qbusiness.batch_put_document customer-profiles.put_profile_object",
    ),
    _decided(
        "creates",
        "makes a snapshot that stays; CloudFormation takes one of what it deletes",
        "ec2.create_snapshot",
    ),
    _decided(
        "creates",
        "gives what is there, and makes it where there is none yet; IAM counts it as Write",
        "cognito-identity.get_id lightsail.download_default_key_pair",
    ),
    _decided(
        "creates",
        "registers the address or the domain as an identity, and asks its owner; IAM counts it as Write",
        "ses.verify_domain_identity ses.verify_domain_dkim ses.verify_email_address ses.verify_email_identity",
    ),
    _decided(
        "creates",
        "makes a version that stays; the verb says it in no other service",
        "codeartifact.publish_package_version",
    ),
    _decided(
        "creates",
        "makes a certificate that stays; IAM counts it as Write",
        "apigateway.generate_client_certificate ",
    ),
    _decided(
        "creates",
        "keeps the conversation, or the session; IAM counts it as Read",
        "qbusiness.chat qbusiness.chat_sync",
    ),
)

_CHANGES = (
    _decided(
        "changes",
        "hands a message or a task to one reader: it is hidden from others for a while, or is gone",
        "sqs.receive_message kinesis.receive_queue_records kinesis.receive_dead_letter_queue_records "
        "stepfunctions.get_activity_task",
    ),
    _decided(
        "changes",
        "proves that an address, a number or a domain is one's own, which is noted; IAM counts it as Write",
        "cognito-idp.verify_software_token cognito-idp.verify_user_attribute sns.verify_sms_sandbox_phone_number "
        "pinpoint.verify_otp_message pinpoint-sms-voice-v2.verify_destination_number "
        "securityagent.verify_target_domain invoicing.verify_procurement_portal_validation "
        "account.verify_phone_number",
    ),
    _decided(
        "changes",
        "changes the state of its service, though its verb reads or says nothing",
        "devops-agent.validate_aws_associations entityresolution.generate_match_id sagemakerjobruntime.sample "
        "sagemakerjobruntime.sample_with_response_stream license-manager.check_in_license elasticache.test_failover "
        "lightsail.test_alarm autoscaling.execute_policy budgets.execute_budget_action iotsitewise.execute_action "
        "location.batch_evaluate_geofences apigatewayv2.preview_portal amplifybackend.generate_backend_api_models "
        "servicecatalog.execute_provisioned_product_plan servicecatalog.execute_provisioned_product_service_action "
        "nova-act.invoke_act_step sagemakertrainingsessionruntime.execute_training_operation "
        "sagemakertrainingsessionruntime.execute_sampling_operation redshift.get_cluster_credentials "
        "redshift.get_cluster_credentials_with_iam",
    ),
    _decided(
        "changes",
        "sets or completes something; the reference counts it as Read",
        "bedrock-agentcore-control.set_token_vault_cmk bedrock-agentcore.complete_resource_token_auth",
    ),
    _decided(
        "changes",
        "turns a setting of an account, a zone or a thing on, which CloudFormation makes a resource of",
        "controltower.enable_baseline controltower.enable_control detective.enable_organization_admin_account "
        "ec2.enable_aws_network_performance_metric_subscription ec2.enable_route_server_propagation "
        "ec2.enable_transit_gateway_route_table_propagation events.enable_rule iam.enable_mfa_device "
        "macie2.enable_macie route53.enable_hosted_zone_dnssec securityhub.batch_enable_standards "
        "mgn.initialize_service securityhub.enable_import_findings_for_product "
        "securityhub.enable_organization_admin_account securityhub.enable_security_hub "
        "securityhub.enable_security_hub_v2",
    ),
    _decided(
        "changes",
        "turns a setting off or back, which CloudFormation does where it deletes",
        "controltower.disable_baseline controltower.disable_control detective.disable_organization_admin_account "
        "ec2.disable_aws_network_performance_metric_subscription ec2.disable_instance_sql_ha_standby_detections "
        "ec2.disable_route_server_propagation ec2.disable_snapshot_block_public_access "
        "ec2.disable_transit_gateway_route_table_propagation ec2.disable_vgw_route_propagation events.disable_rule "
        "macie2.disable_macie route53.disable_hosted_zone_dnssec securityhub.batch_disable_standards "
        "securityhub.disable_import_findings_for_product securityhub.disable_organization_admin_account "
        "securityhub.disable_security_hub securityhub.disable_security_hub_v2 cloudformation.deactivate_type "
        "iam.deactivate_mfa_device neptune.promote_read_replica_db_cluster rds.promote_read_replica_db_cluster "
        "servicecatalog.reject_portfolio_share ssm.reset_service_setting deadline.update_queue_fleet_association "
        "deadline.update_queue_limit_association",
    ),
    _decided(
        "changes",
        "answers an offer that somebody else has made: what it is about was there",
        "ec2.accept_address_transfer ec2.accept_transit_gateway_peering_attachment ec2.accept_vpc_endpoint_connections "
        "ec2.accept_vpc_peering_connection ec2.reject_vpc_endpoint_connections guardduty.accept_invitation "
        "interconnect.accept_connection_proposal servicecatalog.accept_portfolio_share "
        "directconnect.confirm_private_virtual_interface directconnect.confirm_public_virtual_interface "
        "directconnect.confirm_transit_virtual_interface",
    ),
    _decided(
        "changes",
        "tags or writes into what is there: CloudFormation calls it while it creates",
        "apprunner.tag_resource backup-gateway.tag_resource codeguru-reviewer.tag_resource iam.tag_instance_profile "
        "medical-imaging.tag_resource notificationscontacts.tag_resource pi.tag_resource socialmessaging.tag_resource "
        "notificationscontacts.untag_resource iot-data.update_thing_shadow cloudformation.publish_type",
    ),
    _decided(
        "changes",
        "takes back what was deleted or archived, or brings a part up to date: what it is about was there",
        "s3.restore_object quicksight.restore_analysis chime.restore_phone_number chime-sdk-voice.restore_phone_number "
        "workspaces.restore_workspace acm-pca.restore_certificate_authority ec2.restore_snapshot_tier "
        "ec2.restore_image_from_recycle_bin ec2.restore_snapshot_from_recycle_bin ec2.restore_volume_from_recycle_bin "
        "ec2.restore_managed_prefix_list_version fsx.restore_volume_from_snapshot payment-cryptography.restore_key "
        "cloudtrail.restore_event_data_store kinesis.restore_dead_letter_queue_records ec2.restore_address_to_classic "
        "ds.restore_from_snapshot networkmanager.restore_core_network_policy_version "
        "acm-pca.import_certificate_authority_certificate secretsmanager.replicate_secret_to_regions",
    ),
    _decided(
        "changes",
        "adds data to what is there, which an update or a deletion of the whole undoes",
        "cognito-idp.add_custom_attributes securityhub.batch_import_findings "
        "cloudsearchdomain.upload_documents workspaces.import_client_branding inspector.add_attributes_to_findings "
        "route53resolver.import_firewall_domains route53globalresolver.import_firewall_domains "
        "ecs.submit_task_state_change ecs.submit_attachment_state_changes ecs.submit_container_state_change "
        "s3control.submit_multi_region_access_point_routes backup-gateway.import_hypervisor_configuration "
        "support.add_attachments_to_set qapps.import_document",
    ),
    _decided(
        "changes",
        "moves the sign-in of a user on by a step",
        "cognito-idp.get_tokens_from_refresh_token cognito-idp.initiate_auth cognito-idp.admin_initiate_auth "
        "cognito-idp.associate_software_token cognito-idp.start_web_authn_registration "
        "cognito-idp.complete_web_authn_registration",
    ),
)

_DELETES = (
    _decided("deletes", "empties the whole database", "neptunedata.execute_fast_reset"),
    _decided(
        "deletes",
        "stops a query or a retrieval; the reference counts it as Read",
        "logs.stop_query internetmonitor.stop_query xray.cancel_trace_retrieval",
    ),
    _decided(
        "deletes",
        "deletes, as its name says; CloudFormation names it among what creating needs, to tidy up",
        "ec2.delete_snapshot iot-data.delete_thing_shadow opensearch.delete_direct_query_data_source",
    ),
)

_SENDS = (
    _decided(
        "sends",
        "a message goes out, which nothing takes back",
        "sns.publish sns.publish_batch iot-data.publish mwaa.publish_metrics codecommit.test_repository_triggers "
        "iotwireless.test_wireless_device notificationscontacts.send_activation_code config.deliver_config_snapshot "
        "iotsitewise.batch_put_asset_property_value iottwinmaker.batch_put_property_values "
        "timestream-write.write_records personalize-events.put_items personalize-events.put_users "
        "personalize-events.put_actions",
    ),
)

_STARTS = (
    _decided(
        "starts",
        "starts work that goes on after the answer, or writes files that stay",
        "socialmessaging.get_whatsapp_message_media drs.export_source_network_cfn_template "
        "compute-optimizer.export_auto_scaling_group_recommendations "
        "compute-optimizer.export_ebs_volume_recommendations compute-optimizer.export_ec2_instance_recommendations "
        "compute-optimizer.export_ecs_service_recommendations compute-optimizer.export_idle_recommendations "
        "compute-optimizer.export_lambda_function_recommendations compute-optimizer.export_license_recommendations "
        "compute-optimizer.export_rds_database_recommendations discovery.export_configurations "
        "dms.export_metadata_model_assessment dynamodb.export_table_to_point_in_time ec2.export_image "
        "ec2.export_transit_gateway_routes elasticache.export_serverless_cache_snapshot "
        "gameliftstreams.export_stream_session_files lightsail.export_snapshot qapps.export_q_app_session_data "
        "sagemaker-geospatial.export_earth_observation_job sagemaker-geospatial.export_vector_enrichment_job "
        "kinesisanalyticsv2.export_snapshot securityagent.batch_export_findings "
        "marketplacecommerceanalytics.generate_data_set "
        "bcm-dashboards.execute_scheduled_report "
        "cloudformation.execute_change_set cloudformation.execute_stack_refactor "
        "networkmanager.execute_core_network_change_set timestream-query.execute_scheduled_query "
        "cloudformation.test_type resiliencehub.resolve_app_version_resources storagegateway.retrieve_tape_archive "
        "storagegateway.retrieve_tape_recovery_point bedrock-runtime.start_async_invoke "
        "sagemaker-runtime.invoke_endpoint_async sagemaker-inference-router-runtime.invoke_inference_router_async "
        "bedrock-data-automation-runtime.invoke_data_automation_async "
        "bedrock-data-automation.invoke_blueprint_optimization_async "
        "bedrock-data-automation.invoke_data_automation_library_ingestion_job ec2.start_declarative_policies_report "
        "mpa.start_active_approval_team_deletion securityhub.start_configuration_policy_disassociation "
        "databrew.send_project_session_action guardduty.send_object_malware_scan emr.add_job_flow_steps "
        "cloudfront.create_invalidation cloudfront.create_invalidation_for_distribution_tenant "
        "codepipeline.retry_stage_execution codebuild.retry_build codebuild.retry_build_batch ec2.import_image "
        "ec2.import_snapshot",
    ),
    _decided(
        "starts",
        "runs commands or a document of one's own, one after the other, on machines",
        "ssm.send_command",
    ),
)

_UNKNOWN = (
    _decided(
        "unknown",
        "runs somebody's own code, of which no model knows what it does",
        "lambda.invoke lambda.invoke_async lambda.invoke_with_response_stream bedrock-agent-runtime.invoke_agent "
        "bedrock-agent-runtime.invoke_flow bedrock-agent-runtime.invoke_inline_agent "
        "bedrock-agentcore.invoke_agent_runtime bedrock-agentcore.invoke_agent_runtime_command "
        "bedrock-agentcore.invoke_browser bedrock-agentcore.invoke_harness "
        "bedrock-agentcore.invoke_code_interpreter mwaa.invoke_rest_api ecs.execute_command "
        "apigateway.test_invoke_method apigateway.test_invoke_authorizer stepfunctions.test_state "
        "lexv2-runtime.recognize_text lexv2-runtime.recognize_utterance lex-runtime.post_text "
        "lex-runtime.post_content chime-sdk-messaging.channel_flow_callback stepfunctions.start_sync_execution "
        "dataexchange.send_api_asset",
    ),
    _decided(
        "unknown",
        "runs statements of one's own: only their text says whether they read or write",
        "dynamodb.execute_statement dynamodb.batch_execute_statement dynamodb.execute_transaction rds-data.execute_sql "
        "rds-data.execute_statement rds-data.batch_execute_statement redshift-data.execute_statement "
        "redshift-data.batch_execute_statement neptune-graph.execute_query neptunedata.execute_gremlin_query "
        "neptunedata.execute_gremlin_profile_query neptunedata.execute_open_cypher_query",
    ),
)

DECISIONS: tuple[Decision, ...] = (
    *_READS,
    *_CREATES,
    *_CHANGES,
    *_DELETES,
    *_SENDS,
    *_STARTS,
    *_UNKNOWN,
)
"""What was decided by hand: `scripts/effects.py` refuses a name that botocore does not have."""
