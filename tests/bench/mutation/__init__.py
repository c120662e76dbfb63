"""Mutation testing of generated modules: do their tests notice when behaviour changes?"""
