"""Trainings in processes of their own: ordered, limited, resumed after a restart."""
