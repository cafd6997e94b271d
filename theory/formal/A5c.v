(* A5c: the distance form with its factor. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Vectors.
Open Scope R_scope.

Theorem A5c_proved : A5c_statement.
Proof.
  intros tau d anchor positive negative Ht Ha Hp Hn gap. unfold gap. rewrite !squared_distance_sphere by assumption. unfold logit.
  set (x := dot d anchor positive). set (y := dot d anchor negative).
  assert (E : 2 * tau * (y / tau - x / tau) = 2 * (y - x)) by (field; lra).
  repeat split; [ring | rewrite E; ring | |]; intros H; set (g := y / tau - x / tau) in *; nra.
Qed.
