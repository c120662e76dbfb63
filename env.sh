export PYTHONPATH=/tmp/maina_wt:/tmp/maina_wt/generators/runtime
