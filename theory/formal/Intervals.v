(* The interval tactic on integers of the standard library: no machine float, no machine integer, so no axiom about them. *)
From Interval.Float Require Import Specific_stdz Specific_ops.
From Interval Require Export Tactic.
Module StandardFloats := SpecificFloat StdZRadix2.
Module StandardTactic := IntervalTactic StandardFloats.
Export StandardTactic.
