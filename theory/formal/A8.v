(* A8: SupCon lies above SupInfoNCE and above log P. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits.
Open Scope R_scope.
Import ListNotations.

Theorem A8_proved : A8_statement.
Proof.
  intros poss negs Hp Hn. pose proof (sum_exp_nonneg negs) as HY. split.
  - unfold eps_sup_infonce, sup_con. apply mean_le. intros pos Hin. apply sum_exp_in in Hin. pose proof (exp_pos pos).
    rewrite Rminus_0_r, !neg_ln_ratio by lra. apply Rplus_le_compat_r, ln_le; lra.
  - rewrite <- eps_sup_con_0, sup_con_ln by exact Hp. rewrite Ropp_0, exp_0, Rmult_1_r.
    pose proof (mean_le_lse poss Hp). pose proof (sum_exp_pos poss Hp). pose proof (sum_exp_pos negs Hn).
    assert (ln (sum_exp poss) < ln (sum_exp poss + sum_exp negs)) by (apply ln_increasing; lra). lra.
Qed.
