(* A11c: the corrected bounds on the mutual information. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Intervals Spec Statements Logits Vectors.
From ContrastiveClaims Require A11.
Open Scope R_scope.

Definition dependent (i j : nat) : R := if (i =? j)%nat then 3 / 8 else 1 / 8.
Lemma dependent_law : joint_law 2 2 dependent.
Proof. split; [intros i j _ _; unfold dependent; destruct (i =? j)%nat; lra | unfold dependent; simpl; lra]. Qed.

Theorem A11c_proved : A11c_statement.
Proof.
  split; [|split].
  - intros n m N p s Hlaw. apply A11.lower_valid, Hlaw.
  - intros n m N p s c Hlaw HN Hs. apply (A11.upper_valid n m p Hlaw N s c HN Hs).
  - intros N HN. exists 2%nat, 2%nat, dependent, (fun _ _ => 0). split; [exact dependent_law|].
    rewrite (A11.upper_constant 2 2 N dependent dependent_law) by lia. rewrite Rplus_opp_r.
    unfold information, pointwise, anchor_law, sample_law, dependent. simpl. interval with (i_prec 60).
Qed.
