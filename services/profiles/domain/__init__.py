"""The rules of profiles: functions of values. Nothing here knows HTTP, MongoDB, Kafka, a clock or a setting."""
