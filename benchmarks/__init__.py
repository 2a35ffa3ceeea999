"""What Diptych reaches on this machine, beside what the same databases give without it.

python -m benchmarks            everything, in a few minutes
python -m benchmarks --quick    the same cases, shorter

Every way of doing a thing runs in turn with the others (A B A B …), so that a machine that slows
down meanwhile slows down all of them; compared are the runs of the same round.
"""
