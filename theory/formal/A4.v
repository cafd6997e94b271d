(* A4: eps-InfoNCE as a function of eps. *)
From Coquelicot Require Import Coquelicot.
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits.
Open Scope R_scope.
Import ListNotations.

Theorem A4_proved : A4_statement.
Proof.
  intros pos negs Hn. set (y := sum_exp negs * exp (- pos)).
  assert (Hy : 0 < y) by (apply Rmult_lt_0_compat; [apply sum_exp_pos, Hn | apply exp_pos]).
  assert (F : forall eps, eps_infonce eps pos negs = ln (exp (- eps) + y)) by (intros; apply eps_infonce_ln).
  repeat split.
  - unfold eps_infonce, infonce. rewrite Rminus_0_r. reflexivity.
  - apply (is_lim_ext (fun eps => ln (exp (- eps) + y))); [intros; symmetry; apply F|].
    replace (info_l1o pos negs) with (ln y).
    2:{ unfold info_l1o, y. rewrite neg_ln_ratio, ln_mult_exp by (apply sum_exp_pos, Hn). reflexivity. }
    apply (is_lim_comp_continuous (fun eps => exp (- eps) + y) ln p_infty y); [|apply continuity_pt_filterlim, derivable_continuous_pt; exists (/ y); apply derivable_pt_lim_ln, Hy].
    replace (Finite y) with (Rbar_plus (Finite 0) (Finite y)) by (simpl; f_equal; ring).
    apply (is_lim_plus _ _ _ (Finite 0) (Finite y)); [|apply is_lim_const | reflexivity].
    apply (is_lim_comp exp Ropp p_infty 0 m_infty).
    + apply is_lim_exp_m.
    + apply (is_lim_opp (fun x => x) p_infty p_infty), is_lim_id.
    + exists 0. intros; discriminate.
  - rewrite !F. apply ln_increasing; [pose proof (exp_pos (- eps')); lra|]. assert (exp (- eps') < exp (- eps)) by (apply exp_increasing; lra). lra.
  - rewrite !F. rewrite <- (ln_exp eps) at 2. rewrite <- (ln_exp eps') at 2.
    pose proof (exp_pos (- eps)). pose proof (exp_pos (- eps')). rewrite <- !ln_mult by (apply exp_pos || lra).
    pose proof (exp_inverse eps). pose proof (exp_inverse eps'). pose proof (exp_increasing _ _ H). pose proof (exp_pos eps).
    apply ln_increasing; nra.
  - intros eps. exists (- exp (- eps) / (exp (- eps) + y)). pose proof (exp_pos (- eps)). split.
    + apply (is_derive_ext (fun e => ln (exp (- e) + y))); [intros; symmetry; apply F|]. auto_derive; [lra | field; lra].
    + assert (Hq : 0 < exp (- eps) / (exp (- eps) + y) < 1).
      { split; [apply Rdiv_lt_0_compat; lra|]. apply (Rmult_lt_reg_r (exp (- eps) + y)); [lra|].
        unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra. }
      unfold Rdiv in *. lra.
Qed.
