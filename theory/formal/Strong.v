(* The population loss lies above its tangent planes by a square: what limits need. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Logits Vectors Linear Duality Population.
Open Scope R_scope.

Lemma exp_quadratic C u : 0 < C -> - C <= u -> 1 + u + / (4 + 2 * C) * (u * u) <= exp u.
Proof.
  intros HC Hu. set (k := / (4 + 2 * C)). assert (Hk : 0 < k) by (apply Rinv_0_lt_compat; lra).
  assert (Hkc : k * (4 + 2 * C) = 1) by (apply Rinv_l; lra). pose proof (Rle_0_sqr u) as Hs. unfold Rsqr in Hs.
  destruct (Rle_lt_dec (-2) u) as [H|H].
  - pose proof (exp_tangent (u / 2)) as T. assert (E : exp u = exp (u / 2) * exp (u / 2)) by (rewrite <- exp_plus; f_equal; field).
    assert (0 <= 1 + u / 2) by lra. assert ((1 + u / 2) * (1 + u / 2) <= exp (u / 2) * exp (u / 2)) by (apply Rmult_le_compat; lra).
    assert (k <= / 4) by nra. nra.
  - pose proof (exp_pos u). assert (k * (u * u) <= k * (C * (- u))) by (apply Rmult_le_compat_l; nra). assert (k * C <= / 2) by nra. nra.
Qed.
Lemma ln_1_plus x : 0 <= x -> x / (1 + x) <= ln (1 + x).
Proof.
  intros Hx. pose proof (ln_tangent (/ (1 + x)) ltac:(apply Rinv_0_lt_compat; lra)) as H. rewrite ln_Rinv in H by lra.
  replace (x / (1 + x)) with (1 - / (1 + x)) by (field; lra). lra.
Qed.

(* the gap of a log-sum-exp, for steps D_l bounded by C/2 of which the i-th is 0 *)
Definition gap_constant (C : R) : R := / (4 + 2 * C) / (4 * (1 + / (4 + 2 * C) * (C * C))).
Lemma gap_constant_pos C : 0 < C -> 0 < gap_constant C.
Proof. intros HC. assert (0 < / (4 + 2 * C)) by (apply Rinv_0_lt_compat; lra). apply Rdiv_lt_0_compat; [assumption | nra]. Qed.
Lemma lse_gap n (w h h' : nat -> R) C i : (i < n)%nat -> 0 < C -> (forall l, (l < n)%nat -> 0 < w l) ->
  (forall l, (l < n)%nat -> Rabs (h' l - h l) <= C / 2) -> h' i = h i ->
  let Z := sum n (fun l => w l * exp (h l)) in let p := fun l => w l * exp (h l) / Z in
  ln Z + sum n (fun l => p l * (h' l - h l)) + gap_constant C * p i * sum n (fun l => p l * ((h' l - h l) * (h' l - h l)))
    <= ln (sum n (fun l => w l * exp (h' l))).
Proof.
  intros Hi HC Hw HD Ei Z p. set (D := fun l => h' l - h l).
  assert (Hn : (0 < n)%nat) by lia.
  assert (HZ : 0 < Z) by (apply sum_pos; [exact Hn | intros l Hl; apply Rmult_lt_0_compat; [apply Hw, Hl | apply exp_pos]]).
  assert (Hp : forall l, (l < n)%nat -> 0 < p l) by (intros l Hl; apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat; [apply Hw, Hl | apply exp_pos] | exact HZ]).
  assert (Hp1 : sum n p = 1). { unfold p, Rdiv. rewrite sum_scal_r. fold Z. field. lra. }
  set (m := sum n (fun l => p l * D l)). set (V := sum n (fun l => p l * ((D l - m) * (D l - m)))).
  assert (HD' : forall l, (l < n)%nat -> - (C / 2) <= D l <= C / 2) by (intros l Hl; apply Rabs_le_between, HD, Hl || (pose proof (HD l Hl) as A; unfold Rabs in A; destruct (Rcase_abs (h' l - h l)); unfold D; lra)).
  assert (Hm : - (C / 2) <= m <= C / 2).
  { assert (L1 : sum n (fun l => p l * - (C / 2)) <= m) by (apply sum_le; intros l Hl; apply Rmult_le_compat_l; [left; apply Hp, Hl | apply HD', Hl]).
    assert (L2 : m <= sum n (fun l => p l * (C / 2))) by (apply sum_le; intros l Hl; apply Rmult_le_compat_l; [left; apply Hp, Hl | apply HD', Hl]).
    rewrite sum_scal_r, Hp1 in L1, L2. lra. }
  set (k := / (4 + 2 * C)). assert (Hk : 0 < k) by (apply Rinv_0_lt_compat; lra).
  assert (HV0 : 0 <= V) by (apply sum_nonneg; intros l Hl; apply Rmult_le_pos; [left; apply Hp, Hl | apply Rle_0_sqr]).
  assert (HVC : V <= C * C).
  { apply Rle_trans with (sum n (fun l => p l * (C * C))); [|rewrite sum_scal_r, Hp1; lra]. apply sum_le. intros l Hl. apply Rmult_le_compat_l; [left; apply Hp, Hl|].
    pose proof (HD' l Hl). nra. }
  assert (E1 : Z * exp m * (1 + k * V) <= sum n (fun l => w l * exp (h' l))).
  { apply Rle_trans with (sum n (fun l => Z * exp m * (p l * (1 + (D l - m) + k * ((D l - m) * (D l - m)))))).
    - rewrite sum_scal. right. f_equal.
      rewrite (sum_ext n _ (fun l => (p l * (1 - m) + p l * D l) + k * (p l * ((D l - m) * (D l - m))))) by (intros; ring).
      rewrite !sum_plus, sum_scal_r, sum_scal, Hp1. fold m V. ring.
    - apply sum_le. intros l Hl. pose proof (HD' l Hl). pose proof (exp_quadratic C (D l - m) HC ltac:(lra)) as Q. fold k in Q.
      replace (w l * exp (h' l)) with (Z * exp m * (p l * exp (D l - m))).
      + apply Rmult_le_compat_l; [left; apply Rmult_lt_0_compat; [exact HZ | apply exp_pos]|]. apply Rmult_le_compat_l; [left; apply Hp, Hl | exact Q].
      + replace (h' l) with (m + (D l - m) + h l) by (unfold D; ring). rewrite !exp_plus. unfold p. field. lra. }
  assert (E2 : ln Z + m + ln (1 + k * V) <= ln (sum n (fun l => w l * exp (h' l)))).
  { rewrite <- (ln_exp m) at 1. pose proof (exp_pos m). assert (0 < 1 + k * V) by nra. rewrite <- !ln_mult by (assumption || (apply Rmult_lt_0_compat; assumption)).
    apply ln_le; [repeat apply Rmult_lt_0_compat; assumption | exact E1]. }
  assert (E3 : k * V / (1 + k * (C * C)) <= ln (1 + k * V)).
  { eapply Rle_trans; [|apply ln_1_plus; nra]. unfold Rdiv. apply Rmult_le_compat_l; [nra|]. apply Rinv_le_contravar; nra. }
  assert (Hpi : p i <= 1). { rewrite <- Hp1, <- (sum_indicator n i p Hi). apply sum_le. intros l Hl. pose proof (Hp l Hl). destruct (i =? l)%nat; lra. }
  assert (Vi : p i * (m * m) <= V).
  { unfold V. rewrite <- (sum_indicator n i (fun l => p l * ((D l - m) * (D l - m))) Hi) at 1 || idtac.
    apply Rle_trans with (sum n (fun l => if (i =? l)%nat then p l * ((D l - m) * (D l - m)) else 0)).
    - rewrite (sum_indicator n i (fun l => p l * ((D l - m) * (D l - m))) Hi). replace (D i) with 0 by (unfold D; rewrite Ei; ring). right. ring.
    - apply sum_le. intros l Hl. pose proof (Hp l Hl). pose proof (Rle_0_sqr (D l - m)) as Sq. unfold Rsqr in Sq. destruct (i =? l)%nat; [lra|]. apply Rmult_le_pos; lra. }
  assert (E4 : p i * sum n (fun l => p l * (D l * D l)) <= 4 * V).
  { assert (Q : sum n (fun l => p l * (D l * D l)) <= 2 * V + 2 * (m * m)).
    { apply Rle_trans with (sum n (fun l => 2 * (p l * ((D l - m) * (D l - m))) + p l * (2 * (m * m)))).
      - apply sum_le. intros l Hl. pose proof (Hp l Hl). pose proof (Rle_0_sqr (D l - 2 * m)) as Sq. unfold Rsqr in Sq.
        assert (0 <= p l * ((D l - 2 * m) * (D l - 2 * m))) by (apply Rmult_le_pos; lra). nra.
      - rewrite sum_plus, sum_scal, sum_scal_r, Hp1. fold V. lra. }
    pose proof (Hp i Hi). apply (Rmult_le_compat_l (p i)) in Q; [|lra]. nra. }
  fold D. unfold gap_constant. fold k.
  assert (E5 : k / (4 * (1 + k * (C * C))) * p i * sum n (fun l => p l * (D l * D l)) <= k * V / (1 + k * (C * C))).
  { assert (Hd : 0 < 1 + k * (C * C)) by nra. replace (k * V / (1 + k * (C * C))) with (k / (4 * (1 + k * (C * C))) * (4 * V)) by (field; lra).
    rewrite Rmult_assoc. apply Rmult_le_compat_l; [left; apply Rdiv_lt_0_compat; lra | exact E4]. }
  change (sum n (fun l => p l * (h' l - h l))) with m. change (sum n (fun l => p l * ((h' l - h l) * (h' l - h l)))) with (sum n (fun l => p l * (D l * D l))). lra.
Qed.

(* for Gram matrices of unit vectors *)
Definition strength (tau : R) : R := gap_constant (4 / tau) * exp (- (4 / tau)) / (tau * tau).
Lemma strength_pos tau : 0 < tau -> 0 < strength tau.
Proof.
  intros Ht. unfold strength. apply Rdiv_lt_0_compat; [|nra]. apply Rmult_lt_0_compat; [apply gap_constant_pos, Rdiv_lt_0_compat; lra | apply exp_pos].
Qed.
Lemma gram_bounds K d v k l : unit_vectors K d v -> (k < K)%nat -> (l < K)%nat -> -1 <= gram d v k l <= 1.
Proof. intros Hu Hk Hl. split; [apply dot_ge_m1 | apply dot_le_1]; apply Hu; assumption. Qed.

Theorem strong_tangent K tau pi alpha d v d' v' : 0 < tau -> (forall k, (k < K)%nat -> 0 < pi k) -> sum K pi = 1 ->
  unit_vectors K d v -> unit_vectors K d' v' -> let G := gram d v in let G' := gram d' v' in
  population_loss K tau pi alpha G + inner K (pop_grad K tau pi alpha G) (fun k l => G' k l - G k l)
    + strength tau * sum K (fun k => pi k * pi k * sum K (fun l => pi l * ((G' k l - G k l) * (G' k l - G k l))))
    <= population_loss K tau pi alpha G'.
Proof.
  intros Ht Hp H1 Hu Hu' G G'. set (W := pair_weight K pi alpha). set (A := fun _ l : nat => pi l).
  assert (HK : (0 < K)%nat) by (apply (blocks_pos K pi H1)). assert (HA : forall k l, (k < K)%nat -> (l < K)%nat -> 0 < A k l) by (intros; apply Hp; assumption).
  rewrite <- (inner_grad0 K tau pi A W Ht G) by (intros; unfold G, G'; rewrite (gram_sym d v k l), (gram_sym d' v' k l); reflexivity).
  set (P := fun k => pi k * ln (part K tau A G k) + sum K (fun l => rep K tau pi A G k l / tau * (G' k l - G k l))).
  assert (E : population_loss K tau pi alpha G + inner K (grad0 K tau pi A W G) (fun k l => G' k l - G k l) = - / tau * sum K (fun k => sum K (fun l => W k l * G' k l)) + sum K P).
  { rewrite pop_loss_eq. unfold gloss, inner, P. rewrite sum_plus. fold A W.
    replace (sum K (fun k => sum K (fun l => grad0 K tau pi A W G k l * (G' k l - G k l)))) with
      (sum K (fun k => sum K (fun l => rep K tau pi A G k l / tau * (G' k l - G k l)))
       - / tau * (sum K (fun k => sum K (fun l => W k l * G' k l)) - sum K (fun k => sum K (fun l => W k l * G k l)))); [ring|].
    rewrite <- sum_minus, <- sum_scal, <- sum_minus. apply sum_ext. intros k Hk.
    rewrite <- sum_minus, <- sum_scal, <- sum_minus. apply sum_ext. intros l Hl. unfold grad0. field. lra. }
  rewrite E. rewrite (pop_loss_eq K tau pi alpha). unfold gloss. fold A W. rewrite Rplus_assoc. apply Rplus_le_compat_l. rewrite <- sum_scal, <- sum_plus.
  apply sum_le. intros k Hk. pose proof (Hp k Hk) as Pk. assert (Hit : 0 < / tau) by (apply Rinv_0_lt_compat, Ht).
  assert (HC : 0 < 4 / tau) by (apply Rdiv_lt_0_compat; lra).
  pose proof (lse_gap K (A k) (fun l => G k l / tau) (fun l => G' k l / tau) (4 / tau) k Hk HC (fun l Hl => HA k l Hk Hl)) as L. cbv zeta beta in L.
  assert (L1 : forall l, (l < K)%nat -> Rabs (G' k l / tau - G k l / tau) <= 4 / tau / 2).
  { intros l Hl. pose proof (gram_bounds K d v k l Hu Hk Hl). pose proof (gram_bounds K d' v' k l Hu' Hk Hl). fold G in H. fold G' in H0.
    replace (G' k l / tau - G k l / tau) with ((G' k l - G k l) * / tau) by (unfold Rdiv; ring). replace (4 / tau / 2) with (2 * / tau) by (field; lra).
    apply Rabs_le. split; nra. }
  assert (L2 : G' k k / tau = G k k / tau) by (unfold G, G', gram; rewrite (Hu k Hk), (Hu' k Hk); reflexivity).
  specialize (L L1 L2). fold (part K tau A G k) in L. fold (part K tau A G' k) in L. pose proof (part_pos K tau A HK HA G k Hk) as HZ.
  set (p := fun l => A k l * exp (G k l / tau) / part K tau A G k) in *.
  assert (Hpl : forall l, (l < K)%nat -> pi l * exp (- (2 / tau)) <= p l).
  { intros l Hl. unfold p. apply (Rmult_le_reg_r (part K tau A G k)); [exact HZ|]. unfold Rdiv at 2. rewrite (Rmult_assoc _ (/ part K tau A G k)), Rinv_l, Rmult_1_r by lra.
    unfold A. rewrite Rmult_assoc. apply Rmult_le_compat_l; [left; apply Hp, Hl|].
    assert (Z1 : part K tau A G k <= exp (/ tau)).
    { apply Rle_trans with (sum K (fun j => pi j * exp (/ tau))); [|rewrite sum_scal_r, H1; lra]. apply sum_le. intros j Hj. apply Rmult_le_compat_l; [left; apply Hp, Hj|].
      apply exp_le. pose proof (gram_bounds K d v k j Hu Hk Hj). fold G in H. unfold Rdiv. nra. }
    apply Rle_trans with (exp (- (2 / tau)) * exp (/ tau)); [apply Rmult_le_compat_l; [left; apply exp_pos | exact Z1]|]. rewrite <- exp_plus. apply exp_le.
    pose proof (gram_bounds K d v k l Hu Hk Hl). fold G in H. unfold Rdiv. nra. }
  apply Rle_trans with (pi k * (ln (part K tau A G k) + sum K (fun l => p l * (G' k l / tau - G k l / tau)) + gap_constant (4 / tau) * p k * sum K (fun l => p l * ((G' k l / tau - G k l / tau) * (G' k l / tau - G k l / tau))))).
  2:{ apply Rmult_le_compat_l; [lra | exact L]. }
  rewrite !Rmult_plus_distr_l. apply Rplus_le_compat.
  - right. unfold P. f_equal. rewrite <- sum_scal. apply sum_ext. intros l Hl. unfold rep, p. field. lra.
  - set (Q := sum K (fun l => pi l * ((G' k l - G k l) * (G' k l - G k l)))). set (e := exp (- (2 / tau))). assert (He : 0 < e) by apply exp_pos.
    assert (Ee : exp (- (4 / tau)) = e * e) by (unfold e; rewrite <- exp_plus; f_equal; field; lra).
    assert (HQ0 : 0 <= Q) by (apply sum_nonneg; intros l Hl; apply Rmult_le_pos; [left; apply Hp, Hl | apply Rle_0_sqr]).
    assert (HQ : e / (tau * tau) * Q <= sum K (fun l => p l * ((G' k l / tau - G k l / tau) * (G' k l / tau - G k l / tau)))).
    { unfold Q. rewrite <- sum_scal. apply sum_le. intros l Hl. replace ((G' k l / tau - G k l / tau) * (G' k l / tau - G k l / tau)) with ((G' k l - G k l) * (G' k l - G k l) * / (tau * tau)) by (field; lra).
      pose proof (Rle_0_sqr (G' k l - G k l)) as Sq. unfold Rsqr in Sq. set (q := (G' k l - G k l) * (G' k l - G k l)) in *.
      assert (0 < / (tau * tau)) by (apply Rinv_0_lt_compat; nra). assert (0 <= q * / (tau * tau)) by (apply Rmult_le_pos; lra).
      pose proof (Hpl l Hl) as B. fold e in B. apply (Rmult_le_compat_r (q * / (tau * tau))) in B; [|assumption]. unfold Rdiv. lra. }
    pose proof (gap_constant_pos (4 / tau) HC) as Hg. pose proof (Hpl k Hk) as Bk. fold e in Bk. unfold strength. rewrite Ee.
    replace (gap_constant (4 / tau) * (e * e) / (tau * tau) * (pi k * pi k * Q)) with (pi k * (gap_constant (4 / tau) * (pi k * e) * (e / (tau * tau) * Q))) by (field; lra).
    apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat; [| | |exact HQ].
    + apply Rmult_le_pos; [lra | apply Rmult_le_pos; lra].
    + apply Rmult_le_pos; [left; apply Rdiv_lt_0_compat; nra | exact HQ0].
    + apply Rmult_le_compat_l; lra.
Qed.
