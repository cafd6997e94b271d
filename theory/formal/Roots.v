(* The limit equations: increasing functions, their roots, cuts and thresholds. *)
From Coquelicot Require Import Coquelicot.
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Logits.
Open Scope R_scope.

Lemma root_of_increasing F lo hi y : (forall x z, x < z -> F x < F z) -> (forall x, continuous F x) -> lo < hi -> F lo < y < F hi ->
  exists c, lo < c < hi /\ forall x, F x = y <-> x = c.
Proof.
  intros Hinc Hcont Hlh Hy. destruct (IVT_gen F lo hi y) as (c & Hc & E).
  - intros x. apply continuity_pt_filterlim, Hcont.
  - rewrite Rmin_left, Rmax_right; lra.
  - rewrite Rmin_left, Rmax_right in Hc by lra. exists c. split.
    + split; [destruct (proj1 Hc) as [|E0]; [assumption | subst; lra] | destruct (proj2 Hc) as [|E0]; [assumption | subst; lra]].
    + intros x. split; [|intros ->; exact E]. intros Ex. destruct (Rtotal_order x c) as [H|[H|H]]; [|exact H|]; apply Hinc in H; lra.
Qed.
Lemma increasing_le F x z : (forall x z, x < z -> F x < F z) -> x <= z -> F x <= F z.
Proof. intros H [Hlt| ->]; [left; apply H, Hlt | right; reflexivity]. Qed.
(* the cut root minimises a loss of derivative (F - y)/tau on [-1, 1] *)
Lemma cut_root_minimises F Lo tau y c : 0 < tau -> (forall x z, x < z -> F x < F z) -> (forall x, is_derive Lo x ((F x - y) / tau)) -> F c = y ->
  forall x, -1 <= x <= 1 -> x <> clip (-1) 1 c -> Lo (clip (-1) 1 c) < Lo x.
Proof.
  intros Ht Hinc Hder Hc x Hx Hne. set (k := clip (-1) 1 c) in *.
  assert (Hk : (c <= k -> k = -1 \/ k = c) /\ (k <= c -> k = 1 \/ k = c)).
  { unfold k, clip, Rmin, Rmax. destruct (Rle_dec (-1) c); destruct (Rle_dec 1 _); split; intros; try (left; lra); try (right; lra). }
  assert (Mv : forall a b, a < b -> exists z, a < z < b /\ Lo b - Lo a = (F z - y) / tau * (b - a)).
  { intros a b Hab. destruct (MVT_cor2 Lo (fun x => (F x - y) / tau) a b Hab) as (z & E & Hz); [intros; apply is_derive_Reals, Hder | exists z; split; assumption]. }
  destruct (Rtotal_order x k) as [H|[H|H]]; [| contradiction |].
  - destruct (Mv x k H) as (z & Hz & E). assert (z < c). { destruct (Rle_lt_dec k c); [lra|]. destruct (proj1 Hk ltac:(lra)); lra. }
    apply Hinc in H0. assert (0 < (y - F z) / tau * (k - x)) by (apply Rmult_lt_0_compat; [apply Rdiv_lt_0_compat|]; lra).
    replace ((F z - y) / tau) with (- ((y - F z) / tau)) in E by (field; lra). lra.
  - destruct (Mv k x H) as (z & Hz & E). assert (c < z). { destruct (Rle_lt_dec c k); [lra|]. destruct (proj2 Hk ltac:(lra)); lra. }
    apply Hinc in H0. assert (0 < (F z - y) / tau * (x - k)) by (apply Rmult_lt_0_compat; [apply Rdiv_lt_0_compat|]; lra). lra.
Qed.

(* ---- two majorities ---- *)
Section Unequal.
  Variables (w tau : R).
  Hypotheses (Hw : 0 < w < 1) (Ht : 0 < tau).
  Let Z2 := w * exp (/ tau) + (1 - w) * exp (- / tau).
  Let Z3 := w * exp (- / tau) + (1 - w) * exp (/ tau).
  Lemma Z2_pos : 0 < Z2. Proof. unfold Z2. apply Rplus_lt_0_compat; apply Rmult_lt_0_compat; (apply exp_pos || lra). Qed.
  Lemma Z3_pos : 0 < Z3. Proof. unfold Z3. apply Rplus_lt_0_compat; apply Rmult_lt_0_compat; (apply exp_pos || lra). Qed.
  Lemma unequal_increasing x z : x < z -> unequal_side w tau x < unequal_side w tau z.
  Proof.
    intros H. unfold unequal_side. fold Z2 Z3. pose proof Z2_pos as P2. pose proof Z3_pos as P3. pose proof (Rinv_0_lt_compat _ Ht) as Hi.
    assert (A : w * exp (x / tau) < w * exp (z / tau)) by (apply Rmult_lt_compat_l; [lra|]; apply exp_increasing; unfold Rdiv; nra).
    assert (B : (1 - w) * exp (- z / tau) < (1 - w) * exp (- x / tau)) by (apply Rmult_lt_compat_l; [lra|]; apply exp_increasing; unfold Rdiv; nra).
    assert (A0 : 0 < w * exp (x / tau)) by (apply Rmult_lt_0_compat; [lra | apply exp_pos]).
    assert (B0 : 0 < (1 - w) * exp (- z / tau)) by (apply Rmult_lt_0_compat; [lra | apply exp_pos]).
    set (a := w * exp (x / tau)) in *. set (a' := w * exp (z / tau)) in *. set (b := (1 - w) * exp (- x / tau)) in *. set (b' := (1 - w) * exp (- z / tau)) in *.
    assert (E1 : (a' - b') / (a' + b') - (a - b) / (a + b) = 2 * (a' * b - a * b') / ((a' + b') * (a + b))) by (field; lra).
    assert (0 < 2 * (a' * b - a * b') / ((a' + b') * (a + b))) by (apply Rdiv_lt_0_compat; [nra | apply Rmult_lt_0_compat; lra]).
    assert (a / Z2 < a' / Z2) by (apply Rmult_lt_compat_r; [apply Rinv_0_lt_compat, P2 | exact A]).
    assert (b' / Z3 < b / Z3) by (apply Rmult_lt_compat_r; [apply Rinv_0_lt_compat, P3 | exact B]). lra.
  Qed.
  Lemma unequal_continuous x : continuous (unequal_side w tau) x.
  Proof.
    apply (ex_derive_continuous (unequal_side w tau)). unfold unequal_side. fold Z2 Z3. pose proof Z2_pos. pose proof Z3_pos.
    assert (0 < w * exp (x / tau)) by (apply Rmult_lt_0_compat; [lra | apply exp_pos]).
    assert (0 < (1 - w) * exp (- x / tau)) by (apply Rmult_lt_0_compat; [lra | apply exp_pos]).
    auto_derive. unfold Rdiv in *. lra.
  Qed.
  Lemma unequal_root y : exists c, forall x, unequal_side w tau x = y <-> x = c.
  Proof.
    pose proof Z2_pos as P2. pose proof Z3_pos as P3. pose proof (Rabs_pos y) as Hy.
    assert (Q2 : 0 < w / Z2) by (apply Rdiv_lt_0_compat; lra). assert (Q3 : 0 < (1 - w) / Z3) by (apply Rdiv_lt_0_compat; lra).
    set (T := (Rabs y + 1 + w / Z2 + (1 - w) / Z3) * (/ (w / Z2) + / ((1 - w) / Z3)) + 1).
    assert (I2 := Rinv_0_lt_compat _ Q2). assert (I3 := Rinv_0_lt_compat _ Q3).
    assert (HT : 1 < T). { unfold T. assert (0 < (Rabs y + 1 + w / Z2 + (1 - w) / Z3) * (/ (w / Z2) + / ((1 - w) / Z3))) by (apply Rmult_lt_0_compat; lra). lra. }
    assert (Hln : 0 < ln T) by (rewrite <- ln_1; apply ln_increasing; lra).
    assert (S2 : Rabs y + 1 + w / Z2 + (1 - w) / Z3 < w / Z2 * T).
    { apply (Rmult_lt_reg_l (/ (w / Z2))); [exact I2|]. rewrite <- Rmult_assoc, Rinv_l, Rmult_1_l by lra. unfold T.
      assert (0 < (Rabs y + 1 + w / Z2 + (1 - w) / Z3) * / ((1 - w) / Z3)) by (apply Rmult_lt_0_compat; lra). lra. }
    assert (S3 : Rabs y + 1 + w / Z2 + (1 - w) / Z3 < (1 - w) / Z3 * T).
    { apply (Rmult_lt_reg_l (/ ((1 - w) / Z3))); [exact I3|]. rewrite <- Rmult_assoc, Rinv_l, Rmult_1_l by lra. unfold T.
      assert (0 < (Rabs y + 1 + w / Z2 + (1 - w) / Z3) * / (w / Z2)) by (apply Rmult_lt_0_compat; lra). lra. }
    assert (Hup : forall a b, 0 < a -> 0 < b -> -1 <= (a - b) / (a + b) <= 1).
    { intros a b Ha Hb. split; [apply (Rmult_le_reg_r (a + b)) | apply (Rmult_le_reg_r (a + b))]; try lra; unfold Rdiv; rewrite Rmult_assoc, Rinv_l; lra. }
    assert (En : exp (- (tau * ln T) / tau) = / T).
    { replace (- (tau * ln T) / tau) with (- ln T) by (field; lra). rewrite exp_Ropp, exp_ln by lra. reflexivity. }
    assert (Ep : exp (tau * ln T / tau) = T).
    { replace (tau * ln T / tau) with (ln T) by (field; lra). apply exp_ln. lra. }
    assert (HiT : 0 < / T < 1) by (split; [apply Rinv_0_lt_compat; lra | rewrite <- Rinv_1; apply Rinv_lt_contravar; lra]).
    destruct (root_of_increasing (unequal_side w tau) (- (tau * ln T)) (tau * ln T) y unequal_increasing unequal_continuous) as (c & _ & Hc); [nra | | exists c; exact Hc].
    unfold unequal_side. fold Z2 Z3. rewrite Ropp_involutive, En, Ep. pose proof (Rle_abs y). pose proof (Rle_abs (- y)) as Hm. rewrite Rabs_Ropp in Hm.
    assert (0 < w * T) by nra. assert (0 < (1 - w) * / T) by nra. assert (0 < w * / T) by nra. assert (0 < (1 - w) * T) by nra.
    pose proof (Hup (w * / T) ((1 - w) * T) ltac:(assumption) ltac:(assumption)) as U1. pose proof (Hup (w * T) ((1 - w) * / T) ltac:(assumption) ltac:(assumption)) as U2.
    assert (V1 : w * / T / Z2 <= w / Z2) by (unfold Rdiv; apply Rmult_le_compat_r; [left; apply Rinv_0_lt_compat, P2 | nra]).
    assert (V2 : (1 - w) * / T / Z3 <= (1 - w) / Z3) by (unfold Rdiv; apply Rmult_le_compat_r; [left; apply Rinv_0_lt_compat, P3 | nra]).
    replace (w * T / Z2) with (w / Z2 * T) by (field; lra). replace ((1 - w) * T / Z3) with ((1 - w) / Z3 * T) by (field; lra).
    set (X1 := (w * / T - (1 - w) * T) / (w * / T + (1 - w) * T)) in *. set (X2 := (w * T - (1 - w) * / T) / (w * T + (1 - w) * / T)) in *. split; lra.
  Qed.
End Unequal.

(* equal majorities: B5's side *)
Lemma cosh_pos x : 0 < cosh x.
Proof. unfold cosh. pose proof (exp_pos x). pose proof (exp_pos (- x)). lra. Qed.
Lemma collapse_unequal tau x : 0 < tau -> collapse_side tau x = unequal_side (/ 2) tau x.
Proof.
  intros Ht. unfold collapse_side, unequal_side, tanh, sinh, cosh. replace (- x / tau) with (- (x / tau)) by (field; lra).
  pose proof (exp_pos (x / tau)). pose proof (exp_pos (- (x / tau))). pose proof (exp_pos (/ tau)). pose proof (exp_pos (- / tau)). field. repeat split; lra.
Qed.
Lemma collapse_increasing tau x z : 0 < tau -> x < z -> collapse_side tau x < collapse_side tau z.
Proof. intros Ht H. rewrite !collapse_unequal by exact Ht. apply unequal_increasing; lra. Qed.
Lemma collapse_0 tau : 0 < tau -> collapse_side tau 0 = 0.
Proof. intros Ht. unfold collapse_side, tanh. replace (0 / tau) with 0 by (field; lra). rewrite sinh_0. unfold Rdiv. ring. Qed.
Lemma collapse_1 tau : 0 < tau -> collapse_side tau 1 = collapse_threshold tau + 1.
Proof. intros Ht. unfold collapse_side, collapse_threshold, tanh. replace (1 / tau) with (/ tau) by (field; lra). pose proof (cosh_pos (/ tau)). field. lra. Qed.
Lemma collapse_root tau y : 0 < tau -> 0 < y -> exists c, 0 < c /\ forall x, collapse_side tau x = y <-> x = c.
Proof.
  intros Ht Hy. destruct (unequal_root (/ 2) tau ltac:(lra) Ht y) as (c & Hc). exists c.
  assert (H : forall x, collapse_side tau x = y <-> x = c) by (intros x; rewrite collapse_unequal by exact Ht; apply Hc). split; [|exact H].
  assert (E : collapse_side tau c = y) by (apply H; reflexivity). destruct (Rlt_le_dec 0 c) as [|[Hn| ->]]; [assumption | |].
  - apply (collapse_increasing tau c 0 Ht) in Hn. rewrite collapse_0 in Hn by exact Ht. lra.
  - rewrite collapse_0 in E by exact Ht. lra.
Qed.
Lemma cut_positive c : 0 < c -> clip (-1) 1 c = Rmin c 1.
Proof. intros Hc. unfold clip. rewrite Rmax_right by lra. apply Rmin_comm. Qed.
Lemma collapse_cut tau r c : 0 < tau -> collapse_side tau c = 1 + r -> (Rmin c 1 = 1 <-> collapse_threshold tau <= r).
Proof.
  intros Ht E. pose proof (collapse_1 tau Ht) as E1. unfold Rmin. destruct (Rle_dec c 1) as [H|H]; split; intros G; try lra.
  - subst c. lra.
  - destruct H as [H| ->]; [|reflexivity]. apply (collapse_increasing tau c 1 Ht) in H. lra.
  - apply Rnot_le_lt, (collapse_increasing tau 1 c Ht) in H. lra.
Qed.
Lemma collapse_loss_derivative tau r x : 0 < tau -> is_derive (collapse_loss tau r) x ((collapse_side tau x - (1 + r)) / tau).
Proof.
  intros Ht. unfold collapse_loss, collapse_side, cosh, sinh, tanh. pose proof (cosh_pos (x / tau)) as H1. pose proof (cosh_pos (/ tau)) as H2.
  unfold sinh, cosh in *. auto_derive.
  - repeat split; lra.
  - unfold Rdiv in *. field. repeat split; lra.
Qed.
