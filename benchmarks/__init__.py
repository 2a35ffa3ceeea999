"""What Diptych reaches on this machine, beside what the same databases give without it.

python -m benchmarks                   everything: most of it in a few minutes, but for the queries
                                       over a million orders, which have to be brought there
python -m benchmarks --quick           the same cases, shorter
python -m benchmarks --only queries    one of commands, facts, lag, edge and queries

Every way of doing a thing runs in turn with the others (A B A B …), so that a machine that slows
down meanwhile slows down all of them; compared are the runs of the same round.
"""
