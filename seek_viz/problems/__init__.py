"""Problems: the record of one, the files that hold sets, and the grammar that makes the bundled ones.

problem.py   a question with its gold answer;  sets.py the bundled sets, and how they were drawn
grammar.py   makes a problem of a tier;  story.py, families*.py, endings*.py its texts
program.py   the arithmetic of a problem;  wording.py its chain of thought
labels.py    what is right and wrong about an answer, by the program
corruption.py, arithmetic.py   faults made on purpose, and single equations
"""
