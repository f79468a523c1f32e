"""Callbacks for other trainers, imported when they are used: each needs the trainer that it is for, and no more."""
