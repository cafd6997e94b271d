(* A6: eps-SupInfoNCE compares no positives; at eps = 0 it is SINCERE's loss, below SupCon's. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits.
Open Scope R_scope.
Import ListNotations.

Lemma mean_single x : mean [x] = x.
Proof. unfold mean. simpl. field. Qed.

Theorem A6_proved : A6_statement.
Proof.
  split; [|split].
  - intros eps poss negs. split; unfold eps_sup_infonce; apply mean_ext; intros pos _.
    + change (- ln (exp pos / (exp (pos - eps) + sum_exp negs))) with (eps_infonce eps pos negs).
      rewrite eps_infonce_ln. unfold LSE. simpl. rewrite sum_exp_shift. reflexivity.
    + symmetry. apply mean_single.
  - intros poss negs. unfold eps_sup_infonce, sincere. apply mean_ext. intros pos _. rewrite Rminus_0_r. reflexivity.
  - intros poss negs H2. destruct poss as [|a [|b l]]; simpl in H2; try lia.
    pose proof (sum_exp_nonneg negs) as HY. pose proof (exp_pos a) as Ha. pose proof (exp_pos b) as Hb. pose proof (sum_exp_nonneg l) as Hl.
    unfold eps_sup_infonce, sup_con. apply (mean_lt _ _ _ a).
    + intros pos Hin. apply sum_exp_in in Hin. pose proof (exp_pos pos). rewrite Rminus_0_r, !neg_ln_ratio by lra.
      apply Rplus_le_compat_r, ln_le; lra.
    + left. reflexivity.
    + rewrite Rminus_0_r, !neg_ln_ratio by (simpl; lra). apply Rplus_lt_compat_r, ln_increasing; simpl; lra.
Qed.
