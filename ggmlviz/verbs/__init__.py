"""What the verbs of the command line take and do, each in a few lines that hand the work on and print the answer.

Everything else is imported by the verb that needs it: --help shall not wait for numpy, nor `run` start its threads.
"""
