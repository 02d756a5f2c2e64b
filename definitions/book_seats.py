"""Books seats for a show: all that are asked for, or none.

Each seat is held by an item of its own, which only one booking can write. Where one is taken, or the card is declined,
the seats that were held are released again.
"""

from keyflow import Api, Parameter, Workflow, intrinsics
from keyflow.aws import dynamodb, lambda_

seats = Parameter("SeatTable", description="The DynamoDB table of held seats (show, seat)")
bookings = Parameter("BookingTable", description="The DynamoDB table of bookings (id)")
payments = Parameter("PaymentFunction", description="The function that charges and refunds")

booking = Workflow("BookSeats", timeout=28, comment="Holds every seat, charges and stores the booking, or does nothing")
show = booking.input["show"]
number = booking.context["Execution"]["Name"]

with booking.map("Hold Seats", booking.input["seats"], at_most=8) as seat:
    key = {"show": {"S": show}, "seat": {"S": seat.item}}
    hold = booking.task(
        "Hold Seat",
        dynamodb.put_item(
            TableName=seats, Item={**key, "booking": {"S": number}}, ConditionExpression="attribute_not_exists(seat)"
        ),
    )
    with hold.on_error(dynamodb.errors.ConditionalCheckFailedException):
        booking.fail("SeatTaken", "One of the seats is taken")
    # The booking's own number tells its seat from one that another booking holds.
    hold.compensate(
        "Release Seat",
        dynamodb.delete_item(
            TableName=seats,
            Key=key,
            ConditionExpression="booking = :booking",
            ExpressionAttributeValues={":booking": {"S": number}},
        ),
        gone=dynamodb.errors.ConditionalCheckFailedException,
    )

charge = booking.task(
    "Charge Card",
    lambda_.invoke(
        FunctionName=payments,
        Payload={
            "action": "charge",
            "order": number,
            "card": booking.input["card"],
            "seats": intrinsics.array_length(booking.input["seats"]),
        },
    ),
)
with charge.on_error("CardDeclined"):
    booking.fail("CardDeclined", "The card was declined")
charge.compensate("Refund Card", lambda_.invoke(FunctionName=payments, Payload={"action": "refund", "order": number}))

stored = {"id": {"S": number}}
store = booking.task(
    "Store Booking",
    dynamodb.put_item(
        TableName=bookings,
        Item={
            **stored,
            "show": {"S": show},
            "seats": {"S": intrinsics.json_to_string(seat.collect(seat.item))},
            "receipt": {"S": charge["Payload"]["receipt"]},
        },
    ),
)
store.compensate("Remove Booking", dynamodb.delete_item(TableName=bookings, Key=stored))
booking.succeed({"booking": number, "seats": seat.collect(seat.item), "receipt": charge["Payload"]["receipt"]})

api = Api("bookings", cors="*", description="Books seats")
api.post(
    "/bookings",
    booking,
    summary="Books seats, all or none",
    input={"show": api.body["show"], "seats": api.body["seats"], "card": api.body["card"]},
    request={
        "title": "Booking",
        "type": "object",
        "required": ["show", "seats", "card"],
        "additionalProperties": False,
        "properties": {
            "show": {"type": "string", "minLength": 1, "maxLength": 64},
            "seats": {
                "type": "array",
                "minItems": 1,
                "maxItems": 8,
                "uniqueItems": True,
                "items": {"type": "string", "minLength": 1, "maxLength": 8},
            },
            "card": {"type": "string", "minLength": 1, "description": "The payment provider's token of the card"},
        },
    },
    success=201,
    errors={"SeatTaken": 409, "CardDeclined": 402},
)
