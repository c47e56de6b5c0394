"""The filter: fields, editors, callbacks."""
