(* B6: blocks all connected alike. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits Vectors Linear Duality Population Shapes.
From ContrastiveClaims Require B15.
Open Scope R_scope.

Section Uniform.
  Variables (K : nat) (tau p alpha : R) (pi : nat -> R).
  Hypotheses (H2 : (2 <= K)%nat) (Ht : 0 < tau) (Hpp : 0 < p) (Hp : forall k, (k < K)%nat -> 0 < pi k) (H1 : sum K pi = 1).
  Let f := population_loss K tau pi (uniform_graph p alpha).
  Let low := - / (INR K - 1).
  Let HN : 2 <= INR K. Proof. apply (le_INR 2). exact H2. Qed.

  Lemma degree_pos k : 0 <= alpha -> (k < K)%nat -> 0 < degree K pi (uniform_graph p alpha) k.
  Proof.
    intros Ha Hk. rewrite degree_uniform by assumption. pose proof (Hp k Hk). pose proof (share_le_1 K pi k Hp H1 Hk).
    apply Rplus_lt_le_0_compat; [apply Rmult_lt_0_compat; lra | apply Rmult_le_pos; lra].
  Qed.
  Lemma equal_sym c k l : equal_cosines c l k = equal_cosines c k l.
  Proof. unfold equal_cosines. rewrite Nat.eqb_sym. reflexivity. Qed.
  Lemma uniform_sym k l : uniform_graph p alpha l k = uniform_graph p alpha k l.
  Proof. unfold uniform_graph. rewrite Nat.eqb_sym. reflexivity. Qed.

  Lemma inside : 0 < alpha -> low <= 1 + tau * ln (alpha / p) <= 1 -> optimum_is K K f (equal_cosines (1 + tau * ln (alpha / p))).
  Proof.
    intros Ha Hx. assert (E : forall k l, pmi tau p (uniform_graph p alpha) k l = equal_cosines (1 + tau * ln (alpha / p)) k l).
    { intros k l. unfold pmi, uniform_graph, equal_cosines. destruct (k =? l)%nat; [|reflexivity].
      replace (p / p) with 1 by (field; lra). rewrite ln_1. ring. }
    apply (optimum_ext K tau pi (fun _ l => pi l) (pair_weight K pi (uniform_graph p alpha)) K (pmi tau p (uniform_graph p alpha))); [intros; apply E|].
    apply B15.law; try assumption.
    - intros k _. unfold uniform_graph. rewrite Nat.eqb_refl. reflexivity.
    - intros k l _ _. unfold uniform_graph. destruct (k =? l)%nat; assumption.
    - destruct (equal_psd K (1 + tau * ln (alpha / p)) H2 Hx) as [S Q]. split.
      + intros k l Hk Hl. rewrite !E. apply S; assumption.
      + intros x. specialize (Q x). erewrite (sum_ext K (fun k => sum K (fun l => pmi tau p (uniform_graph p alpha) k l * (x k * x l)))); [exact Q|].
        intros k _. apply sum_ext. intros l _. rewrite E. reflexivity.
  Qed.

  Lemma above : 0 < alpha -> 1 <= 1 + tau * ln (alpha / p) -> optimum_is K 1 f (equal_cosines 1).
  Proof.
    intros Ha Hx. assert (Hap : p <= alpha).
    { destruct (Rle_lt_dec p alpha) as [|Hlt]; [assumption|]. assert (ln (alpha / p) < 0).
      { rewrite <- ln_1. apply ln_increasing; [apply Rdiv_lt_0_compat; assumption|]. apply (Rmult_lt_reg_r p); [assumption|].
        unfold Rdiv. rewrite Rmult_assoc, Rinv_l; lra. } nra. }
    assert (O : forall k l, equal_cosines 1 k l = 1) by (intros k l; unfold equal_cosines; destruct (k =? l)%nat; reflexivity).
    apply (pop_optimum K tau pi _ Ht Hp H1 1 (line (fun _ => 1))).
    - apply line_unit. intros; ring.
    - intros k l _ _. rewrite line_gram, O. ring.
    - intros x. unfold pop_dual. rewrite (line_form K tau pi (fun _ l => pi l) _ _ (fun _ => 1)) by (intros; rewrite ?O; ring).
      apply (Rmult_le_reg_l 2); [lra|]. rewrite <- Rmult_assoc, Rmult_0_r. replace (2 * - / 2) with (-1) by field.
      rewrite <- sum2_scal. apply sum_nonneg. intros k Hk. apply sum_nonneg. intros l Hl. fold (pop_grad K tau pi (uniform_graph p alpha)).
      destruct (Nat.eq_dec k l) as [->|Hne]; [right; ring|].
      assert (pop_grad K tau pi (uniform_graph p alpha) (equal_cosines 1) k l <= 0).
      { pose proof (degree_pos k ltac:(lra) Hk) as Dk. pose proof (degree_pos l ltac:(lra) Hl) as Dl.
        rewrite pop_grad_formula by (assumption || apply equal_sym || apply uniform_sym).
        rewrite !partition_equal by assumption. rewrite O. replace (1 / tau) with (/ tau) by (unfold Rdiv; ring).
        replace (pi k * exp (/ tau) + (1 - pi k) * exp (/ tau)) with (exp (/ tau)) by ring.
        replace (pi l * exp (/ tau) + (1 - pi l) * exp (/ tau)) with (exp (/ tau)) by ring.
        assert (B : forall j, (j < K)%nat -> 0 < degree K pi (uniform_graph p alpha) j -> 1 <= alpha * / degree K pi (uniform_graph p alpha) j).
        { intros j Hj Dj. apply (Rmult_le_reg_r (degree K pi (uniform_graph p alpha) j)); [exact Dj|]. rewrite Rmult_assoc, Rinv_l by lra.
          rewrite degree_uniform by assumption. pose proof (Hp j Hj). pose proof (share_le_1 K pi j Hp H1 Hj). nra. }
        pose proof (B k Hk Dk). pose proof (B l Hl Dl). unfold uniform_graph at 1. destruct (Nat.eqb_spec k l) as [|_]; [contradiction|].
        assert (C : 0 < pi k * pi l / (2 * tau)) by (apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat; apply Hp; assumption | lra]).
        pose proof (exp_pos (/ tau)). replace (exp (/ tau) * (/ exp (/ tau) + / exp (/ tau))) with 2 by (field; lra). nra. }
      pose proof (Rle_0_sqr (1 * x k - 1 * x l)) as Sq. unfold Rsqr in Sq. nra.
  Qed.

  Lemma below : 0 <= alpha -> (0 < alpha -> 1 + tau * ln (alpha / p) <= low) -> (forall k, (k < K)%nat -> pi k = / INR K) ->
    optimum_is K (K - 1) f (equal_cosines low).
  Proof.
    intros Ha Hx Hbal. destruct (simplex_vectors K H2) as (v & Hu & Hv).
    apply (pop_optimum K tau pi _ Ht Hp H1 (K - 1) v _ Hu Hv). intros x.
    set (N := INR K) in *. set (y := exp (low / tau)). set (E := exp (/ tau)).
    assert (Hy : 0 < y) by apply exp_pos. assert (HE : 0 < E) by apply exp_pos.
    assert (Hyp : alpha * E <= y * p).
    { destruct Ha as [Ha|<-]; [|nra]. specialize (Hx Ha). assert (Hl : ln (alpha / p) + / tau <= low / tau).
      { apply (Rmult_le_reg_l tau); [exact Ht|]. replace (tau * (low / tau)) with low by (field; lra). rewrite Rmult_plus_distr_l, Rinv_r by lra. lra. }
      apply exp_le in Hl. rewrite exp_plus, exp_ln in Hl by (apply Rdiv_lt_0_compat; assumption). fold E y in Hl.
      apply (Rmult_le_compat_r p) in Hl; [|lra]. replace (alpha / p * E * p) with (alpha * E) in Hl by (field; lra). exact Hl. }
    assert (HZ : forall k, (k < K)%nat -> partition K tau pi (equal_cosines low) k = (E + (N - 1) * y) / N).
    { intros k Hk. rewrite partition_equal by assumption. rewrite Hbal by exact Hk. unfold E, y. field. lra. }
    assert (Hd : forall k, (k < K)%nat -> degree K pi (uniform_graph p alpha) k = (p + (N - 1) * alpha) / N).
    { intros k Hk. rewrite degree_uniform by assumption. rewrite Hbal by exact Hk. fold N. field. lra. }
    set (Z := E + (N - 1) * y) in *. assert (HZp : 0 < Z) by (unfold Z; nra). set (dg := p + (N - 1) * alpha) in *. assert (Hdp : 0 < dg) by (unfold dg; nra).
    apply (simplex_form K tau pi (fun _ l => pi l) _ (/ (N * tau) * (y / Z - alpha / dg)) (/ (N * tau) * (E / Z - p / dg))); [exact H2 | |].
    - apply Rmult_le_pos; [left; apply Rinv_0_lt_compat; nra|]. replace (y / Z - alpha / dg) with ((y * p - alpha * E) / (Z * dg)) by (unfold Z, dg; field; fold Z dg; lra).
      apply Rmult_le_pos; [lra | left; apply Rinv_0_lt_compat; nra].
    - intros k l Hk Hl. fold N low. fold (pop_grad K tau pi (uniform_graph p alpha)).
      rewrite pop_grad_formula by (assumption || apply equal_sym || apply uniform_sym || (rewrite Hd by assumption; apply Rdiv_lt_0_compat; lra)).
      rewrite !HZ, !Hd, !Hbal by assumption. fold N. unfold equal_cosines, uniform_graph. destruct (k =? l)%nat.
      + replace (1 / tau) with (/ tau) by (unfold Rdiv; ring). fold E. field. repeat split; lra.
      + fold y. field. repeat split; lra.
  Qed.
End Uniform.

Theorem B6_proved : B6_statement.
Proof.
  intros K tau p alpha pi H2 Ht Hpp Hp H1 f low. assert (HN : 2 <= INR K) by (apply (le_INR 2); exact H2).
  assert (Hlow : low <= 0) by (unfold low; assert (0 < / (INR K - 1)) by (apply Rinv_0_lt_compat; lra); lra). split.
  - intros Ha Hor. unfold clip. destruct (Rle_lt_dec low (1 + tau * ln (alpha / p))) as [Hl|Hl].
    + rewrite (Rmax_right low) by exact Hl. destruct (Rle_lt_dec (1 + tau * ln (alpha / p)) 1) as [Hr|Hr].
      * rewrite Rmin_right by exact Hr. apply inside; try assumption. split; assumption.
      * rewrite Rmin_left by lra. apply (optimum_weaken K 1); [lia|]. apply above; try assumption. lra.
    + rewrite Rmax_left by lra. rewrite Rmin_right by lra. destruct Hor as [Hor|Hbal]; [lra|].
      apply (optimum_weaken K (K - 1)); [lia|]. apply below; try assumption; [lra | intros; fold low; lra].
  - intros -> Hbal. apply below; try assumption; [lra | intros; lra].
Qed.
