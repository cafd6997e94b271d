(* A1: the printed ratio of eps-InfoNCE is a log-sum-exp. *)
From Coq Require Import Reals List.
From ContrastiveClaims Require Import Spec Statements Logits.
Open Scope R_scope.
Import ListNotations.

Theorem A1_proved : A1_statement.
Proof. intros eps pos negs. rewrite eps_infonce_ln. unfold LSE. simpl. rewrite sum_exp_shift. reflexivity. Qed.
