"""Takes in a file of readings: a job makes rows of it, and a distributed map stores them, batch by batch.

The caller is answered at once with an id, and asks by it how far the file is. Readings are stored under their own keys,
so a file that failed half way is simply taken in again; only the file between the job and the map has to go.
"""

from keyflow import Api, Parameter, Workflow, format
from keyflow.aws import dynamodb, glue, s3, stepfunctions

bucket = Parameter("IngestBucket", description="The bucket of uploads, staged rows and reports")
job = Parameter("RowsJob", description="The Glue job that makes rows (CSV: sensor, at, value) of an upload")
readings = Parameter("ReadingTable", description="The DynamoDB table of readings (sensor, at)")

ingest = Workflow("Ingest", type="STANDARD", timeout=4 * 3600, comment="Makes rows of an upload and stores them")
number = ingest.context["Execution"]["Name"]
rows = format("staged/{}.csv", number)
remove = s3.delete_object(Bucket=bucket, Key=rows)

# The rows' file is there before the job is: so it goes even where the job fails with half of it written.
file = ingest.task("Begin Rows", s3.put_object(Bucket=bucket, Key=rows, Body=""))
file.compensate("Discard Rows", remove)
made = ingest.task(
    "Make Rows",
    glue.start_job_run(
        JobName=job, Arguments={"--bucket": bucket, "--upload": ingest.input["upload"], "--rows": rows}
    ).sync(),
    timeout=3600,
)
made.keep("what a run makes is the file of rows, which was there before it")

with ingest.map(
    "Store Batches",
    s3.get_object(Bucket=bucket, Key=rows),
    at_most=1_000_000,
    distributed="EXPRESS",
    reader_config={"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
    batch_of=100,
    max_concurrency=200,
    tolerated_failures=10,
    result_writer={"Bucket": bucket, "Prefix": format("reports/{}", number)},
) as batch:
    with ingest.map("Store Batch", batch.items) as row:
        stored = ingest.task(
            "Store Reading",
            dynamodb.put_item(
                TableName=readings,
                Item={"sensor": {"S": row["sensor"]}, "at": {"S": row["at"]}, "value": {"N": row["value"]}},
            ),
        )
        stored.keep("the same file stores the same readings, however often it is taken in")
    batch.write({"sensors": row.collect(row["sensor"])})

counts = ingest.task("Count Rows", stepfunctions.describe_map_run(mapRunArn=batch.results["MapRunArn"]))["itemCounts"]
ingest.pivot()
ingest.task("Remove Rows", remove)
ingest.succeed(
    {
        "stored": counts["succeeded"],
        "failed": counts["failed"],
        "report": batch.results["ResultWriterDetails"]["Key"],
    }
)

api = Api("uploads", cors="*", description="Takes in files of readings")
api.post(
    "/uploads",
    ingest,
    summary="Takes in an upload",
    asynchronous=True,
    request={
        "title": "Upload",
        "type": "object",
        "required": ["upload"],
        "additionalProperties": False,
        "properties": {"upload": {"type": "string", "minLength": 1, "maxLength": 1024, "description": "Its key"}},
    },
)
api.get(
    "/uploads/{id}",
    stepfunctions.describe_execution(executionArn=ingest.execution_arn(api.path["id"])),
    summary="Says how far an upload is, and what became of its rows",
    errors={"ExecutionDoesNotExist": 404, "InvalidArn": 404},
    response_template="""\
#set($execution = $input.path('$'))
{"status": "$execution.status"#if($execution.status == "SUCCEEDED"), "rows": $execution.output#end}
""",
)
