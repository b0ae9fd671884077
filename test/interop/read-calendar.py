# Reads a calendar from standard input with python3-icalendar and prints what it understood as JSON.
import json
import sys

from icalendar import Calendar

raw = sys.stdin.buffer.read()
calendar = Calendar.from_ical(raw)
events = []
for event in calendar.walk("VEVENT"):
    events.append(
        {
            "uid": str(event["UID"]),
            "sequence": int(event["SEQUENCE"]),
            "status": str(event["STATUS"]),
            "start": event.decoded("DTSTART").isoformat(),
            "end": event.decoded("DTEND").isoformat(),
            "stamp": event.decoded("DTSTAMP").isoformat(),
            "summary": str(event["SUMMARY"]),
            "description": str(event["DESCRIPTION"]),
            "url": str(event["URL"]),
            "comment": str(event["COMMENT"]) if "COMMENT" in event else None,
            "alarms": [alarm.decoded("TRIGGER").total_seconds() for alarm in event.walk("VALARM")],
            "errors": event.errors,
        }
    )
print(
    json.dumps(
        {
            "version": str(calendar["VERSION"]),
            "method": str(calendar["METHOD"]),
            "name": str(calendar["NAME"]) if "NAME" in calendar else None,
            "errors": calendar.errors,
            "events": events,
        }
    )
)
