"""Random lenses in the real engines, against an evaluator that shares no code with the emitters nor with the plan."""
