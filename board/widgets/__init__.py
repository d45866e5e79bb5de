"""The widgets of the board: they show cards, lines and text that they are given, and say what was chosen.

They know the pure view and Textual; never a state, a journal, a mailbox or another program.
"""
