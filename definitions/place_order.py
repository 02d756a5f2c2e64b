"""Places an order: stock is reserved, a card charged, the order stored, the warehouse told. All of it, or nothing.

Every step can be undone though its answer is lost: what was reserved and charged carries the execution's name.
"""

from keyflow import Api, Parameter, Workflow, format
from keyflow.aws import dynamodb, lambda_, sqs

stock = Parameter("StockTable", description="The DynamoDB table of what is in stock (sku)")
orders = Parameter("OrderTable", description="The DynamoDB table of orders and reservations (id)")
payments = Parameter("PaymentFunction", description="The function that charges and refunds")
warehouse = Parameter("WarehouseQueue", description="The URL of the queue that packs")

order = Workflow("PlaceOrder", timeout=28, comment="Reserves, charges, stores and tells, or does nothing")
sku = order.input["sku"]
number = order.context["Execution"]["Name"]
item = {"sku": {"S": sku}}
count = {":count": {"N": format("{}", order.input["count"])}}
reservation = {"id": {"S": format("reservation/{}", number)}}

# The reservation's own item makes both directions safe to repeat: it is there exactly while the stock is taken.
reserve = order.task(
    "Reserve Stock",
    dynamodb.transact_write_items(
        TransactItems=[
            {
                "Put": {
                    "TableName": orders,
                    "Item": {**reservation, **item},
                    "ConditionExpression": "attribute_not_exists(id)",
                }
            },
            {
                "Update": {
                    "TableName": stock,
                    "Key": item,
                    "UpdateExpression": "SET available = available - :count",
                    "ConditionExpression": "available >= :count",
                    "ExpressionAttributeValues": count,
                }
            },
        ]
    ),
)
with reserve.on_error(dynamodb.errors.TransactionCanceledException):
    order.fail("OutOfStock", "There are not enough left")
reserve.compensate(
    "Release Stock",
    dynamodb.transact_write_items(
        TransactItems=[
            {"Delete": {"TableName": orders, "Key": reservation, "ConditionExpression": "attribute_exists(id)"}},
            {
                "Update": {
                    "TableName": stock,
                    "Key": item,
                    "UpdateExpression": "SET available = available + :count",
                    "ExpressionAttributeValues": count,
                }
            },
        ]
    ),
    gone=dynamodb.errors.TransactionCanceledException,
)

charge = order.task(
    "Charge Card",
    lambda_.invoke(
        FunctionName=payments,
        Payload={"action": "charge", "order": number, "card": order.input["card"], "amount": order.input["amount"]},
    ),
)
with charge.on_error("CardDeclined"):
    order.fail("CardDeclined", "The card was declined")
charge.compensate("Refund Card", lambda_.invoke(FunctionName=payments, Payload={"action": "refund", "order": number}))

key = {"id": {"S": format("order/{}", number)}}
store = order.task(
    "Store Order",
    dynamodb.put_item(TableName=orders, Item={**key, **item, "receipt": {"S": charge["Payload"]["receipt"]}}),
)
store.compensate("Remove Order", dynamodb.delete_item(TableName=orders, Key=key))

# What is packed cannot be taken back: from here on the order is placed, and the warehouse is told until it has heard.
order.pivot()
order.task("Tell Warehouse", sqs.send_message(QueueUrl=warehouse, MessageBody={"order": number, "sku": sku}))
order.succeed({"order": number, "receipt": charge["Payload"]["receipt"]})

api = Api("orders", cors="*", description="Takes orders")
api.post(
    "/orders",
    order,
    summary="Places an order",
    input={
        "sku": api.body["sku"],
        "count": api.body["count"],
        "card": api.body["card"],
        "amount": api.body["amount"],
    },
    request={
        "title": "Order",
        "type": "object",
        "required": ["sku", "count", "card", "amount"],
        "additionalProperties": False,
        "properties": {
            "sku": {"type": "string", "minLength": 1, "maxLength": 64},
            "count": {"type": "integer", "minimum": 1, "maximum": 100},
            "card": {"type": "string", "minLength": 1, "description": "The payment provider's token of the card"},
            "amount": {"type": "integer", "minimum": 1, "description": "Cents"},
        },
    },
    success=201,
    errors={"OutOfStock": 409, "CardDeclined": 402},
)
