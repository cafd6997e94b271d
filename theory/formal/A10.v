(* A10: L_in <= L_out, and one positive is enough for L_in. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits.
Open Scope R_scope.
Import ListNotations.

Theorem A10_proved : A10_statement.
Proof.
  split; [|split].
  - intros poss negs Hp. rewrite <- eps_sup_con_0, sup_con_ln, sup_con_in_ln by exact Hp. rewrite Ropp_0, exp_0, Rmult_1_r.
    pose proof (mean_le_lse poss Hp). lra.
  - intros poss negs Hp Hn. rewrite sup_con_in_ln by exact Hp. pose proof (sum_exp_pos poss Hp). pose proof (sum_exp_pos negs Hn).
    assert (ln (sum_exp poss) < ln (sum_exp poss + sum_exp negs)) by (apply ln_increasing; lra). lra.
  - intros rest negs delta Hd. assert (He : 1 < exp delta) by (rewrite <- exp_0; apply exp_increasing; lra).
    pose proof (sum_exp_nonneg negs) as HY. exists (ln ((sum_exp negs + 1) / (exp delta - 1))). intros pos Hpos.
    rewrite sup_con_in_ln by discriminate.
    assert (HT : exp pos <= sum_exp (pos :: rest)) by (apply sum_exp_in; left; reflexivity).
    apply exp_le in Hpos. rewrite exp_ln in Hpos by (apply Rdiv_lt_0_compat; lra).
    assert (E : (sum_exp negs + 1) / (exp delta - 1) * (exp delta - 1) = sum_exp negs + 1) by (field; lra).
    set (T := sum_exp (pos :: rest)) in *. pose proof (exp_pos pos).
    assert (sum_exp negs < (exp delta - 1) * T) by nra.
    assert (ln (T + sum_exp negs) < ln (T * exp delta)) by (apply ln_increasing; nra).
    rewrite ln_mult, ln_exp in H1 by (lra || apply exp_pos). lra.
Qed.
