"""The bank's table on its way in.

Which files it is and how they are written, the mapping that says what it calls things, a first
draft of one, a check before anything is built, and a made-up table to try it all with. It may
import common.
"""
