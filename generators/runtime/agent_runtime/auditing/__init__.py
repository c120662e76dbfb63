"""Watch what other agents do: observe, sample, check, record, report; never act on them."""
