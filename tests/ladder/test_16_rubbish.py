"""Rung 16: answers that are not answers.

A proxy cuts the body, a maintenance page comes with 200, a load balancer answers in a charset of
its own, somebody sends a thousand opening brackets. For each verb and each kind of rubbish there
are two honest ends: `Refused`, the bank answered and we can say what that means, or `Unreachable`,
there was no answer that can be read. Anything else is a crash in somebody's night. An empty success
is the worst of all: rubbish never covers a day.
"""
