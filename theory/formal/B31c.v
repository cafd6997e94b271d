(* B31c: the monotone law of pair weights. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits Vectors Linear Duality Population.
Open Scope R_scope.

Lemma law K d tau pi W W' v v' : 0 < tau -> optimal K d (weighted_loss K tau pi W) v -> optimal K d (weighted_loss K tau pi W') v' ->
  0 <= sum2 K (fun k l => (W' k l - W k l) * (gram d v' k l - gram d v k l)).
Proof.
  intros Ht [Hu Ho] [Hu' Ho']. specialize (Ho v' Hu'). specialize (Ho' v Hu). unfold weighted_loss in Ho, Ho'.
  fold (sum2 K (fun k l => W k l * gram d v k l)) (sum2 K (fun k l => W k l * gram d v' k l)) in Ho.
  fold (sum2 K (fun k l => W' k l * gram d v k l)) (sum2 K (fun k l => W' k l * gram d v' k l)) in Ho'.
  rewrite (sum2_ext K _ (fun k l => (W' k l * gram d v' k l - W' k l * gram d v k l) - (W k l * gram d v' k l - W k l * gram d v k l))) by (intros; ring).
  rewrite !sum2_minus. apply (Rmult_le_reg_l (/ tau)); [apply Rinv_0_lt_compat, Ht|]. lra.
Qed.

Lemma one_weight K d tau pi W W' v v' i j : 0 < tau -> optimal K d (weighted_loss K tau pi W) v -> optimal K d (weighted_loss K tau pi W') v' ->
  (i < K)%nat -> (j < K)%nat -> i <> j -> W i j + W j i < W' i j + W' j i ->
  (forall k l, (k < K)%nat -> (l < K)%nat -> k <> l -> ~ (k = i /\ l = j) -> ~ (k = j /\ l = i) -> W' k l + W' l k = W k l + W l k) ->
  gram d v i j <= gram d v' i j.
Proof.
  intros Ht Hv Hv' Hi Hj Hij Hw Hrest. pose proof (law K d tau pi W W' v v' Ht Hv Hv') as L.
  set (H := fun k l => gram d v' k l - gram d v k l). set (X := fun k l => (W' k l + W' l k) - (W k l + W l k)).
  assert (HH : forall k l, H k l = H l k) by (intros; unfold H; rewrite (gram_sym d v'), (gram_sym d v); reflexivity).
  assert (E : 2 * sum2 K (fun k l => (W' k l - W k l) * (gram d v' k l - gram d v k l)) = sum2 K (fun k l => X k l * H k l)).
  { transitivity (sum2 K (fun k l => (W' k l - W k l) * H k l) + sum2 K (fun k l => (W' l k - W l k) * H k l)).
    - rewrite (sum2_ext K (fun k l => (W' l k - W l k) * H k l) (fun k l => (fun a b => (W' a b - W a b) * H a b) l k)) by (intros; cbv beta; rewrite HH; reflexivity).
      rewrite <- (sum2_swap K (fun a b => (W' a b - W a b) * H a b)). unfold H. ring.
    - rewrite <- sum2_plus. apply sum2_ext. intros; unfold X; ring. }
  assert (F : sum2 K (fun k l => X k l * H k l) = 2 * (X i j * H i j)).
  { transitivity (sum2 K (fun k l => (if (i =? k)%nat then (if (j =? l)%nat then X i j * H i j else 0) else 0) + (if (j =? k)%nat then (if (i =? l)%nat then X i j * H i j else 0) else 0))).
    - apply sum2_ext. intros k l Hk Hl. destruct (Nat.eqb_spec i k) as [Hik|Hik]; destruct (Nat.eqb_spec j k) as [Hjk|Hjk]; try lia.
      + subst k. destruct (Nat.eqb_spec j l) as [<-|Hjl]; [ring|]. destruct (Nat.eq_dec i l) as [<-|Hil].
        * unfold H. replace (gram d v' i i) with 1 by (symmetry; apply Hv', Hi). replace (gram d v i i) with 1 by (symmetry; apply Hv, Hi). ring.
        * unfold X. rewrite Hrest by (assumption || lia). ring.
      + subst k. destruct (Nat.eqb_spec i l) as [<-|Hil]; [unfold X; rewrite (HH j i); ring|]. destruct (Nat.eq_dec j l) as [<-|Hjl].
        * unfold H. replace (gram d v' j j) with 1 by (symmetry; apply Hv', Hj). replace (gram d v j j) with 1 by (symmetry; apply Hv, Hj). ring.
        * unfold X. rewrite Hrest by (assumption || lia). ring.
      + destruct (Nat.eq_dec k l) as [<-|Hkl].
        * unfold H. replace (gram d v' k k) with 1 by (symmetry; apply Hv', Hk). replace (gram d v k k) with 1 by (symmetry; apply Hv, Hk). ring.
        * unfold X. rewrite Hrest by (assumption || lia). ring.
    - rewrite sum2_plus. unfold sum2.
      rewrite (sum_ext K (fun k => sum K (fun l => if (i =? k)%nat then (if (j =? l)%nat then X i j * H i j else 0) else 0)) (fun k => if (i =? k)%nat then X i j * H i j else 0)).
      2:{ intros k _. destruct (i =? k)%nat; [apply (sum_indicator K j (fun _ => X i j * H i j) Hj) | apply sum_zero]. }
      rewrite (sum_ext K (fun k => sum K (fun l => if (j =? k)%nat then (if (i =? l)%nat then X i j * H i j else 0) else 0)) (fun k => if (j =? k)%nat then X i j * H i j else 0)).
      2:{ intros k _. destruct (j =? k)%nat; [apply (sum_indicator K i (fun _ => X i j * H i j) Hi) | apply sum_zero]. }
      rewrite (sum_indicator K i (fun _ => X i j * H i j) Hi), (sum_indicator K j (fun _ => X i j * H i j) Hj). ring. }
  assert (0 <= X i j * H i j) by lra. assert (HX : 0 < X i j) by (unfold X; lra). assert (0 <= H i j) by nra. unfold H in *. lra.
Qed.

(* alpha / (u + t alpha) rises with alpha *)
Lemma ratio_rises u t a a' : 0 < u -> 0 < t -> 0 <= a -> a < a' -> a / (u + t * a) < a' / (u + t * a').
Proof.
  intros Hu Ht Ha Haa. assert (0 <= t * a) by (apply Rmult_le_pos; lra). assert (0 < t * a') by (apply Rmult_lt_0_compat; lra).
  assert (E : a' / (u + t * a') - a / (u + t * a) = u * (a' - a) * (/ (u + t * a) * / (u + t * a'))) by (field; lra).
  assert (0 < u * (a' - a) * (/ (u + t * a) * / (u + t * a'))) by (repeat apply Rmult_lt_0_compat; try apply Rinv_0_lt_compat; lra). lra.
Qed.

Lemma ratio_not_falls u t a a' : 0 <= u -> 0 < t -> 0 <= a -> a < a' -> 0 < u + t * a -> a / (u + t * a) <= a' / (u + t * a').
Proof.
  intros [Hu| <-] Ht Ha Haa H; [left; apply ratio_rises; assumption|]. assert (0 < a) by (destruct Ha as [|<-]; [assumption | lra]). right. field. split; [|split]; lra.
Qed.

Theorem B31c_proved : B31c_statement.
Proof.
  split.
  - intros K d tau pi W W' v v' Ht _ _ Hv Hv'. split; [apply (law K d tau pi W W' v v' Ht Hv Hv')|].
    intros i j Hi Hj Hij Hw Hrest. apply (one_weight K d tau pi W W' v v' i j); assumption.
  - intros d tau pi alpha alpha' v v' Ht Hm Hm' Hkk Hin H02 H12 H02' H12' Hlt Hv Hv'.
    pose proof Hm as (Hp & _ & Ha & _). pose proof Hm' as (_ & _ & Ha' & _).
    destruct (Ha 0%nat 1%nat ltac:(lia) ltac:(lia)) as [A01 S01]. destruct (Ha' 0%nat 1%nat ltac:(lia) ltac:(lia)) as [A01' S01'].
    destruct (Ha 2%nat 0%nat ltac:(lia) ltac:(lia)) as [_ S20]. destruct (Ha 2%nat 1%nat ltac:(lia) ltac:(lia)) as [_ S21].
    destruct (Ha' 2%nat 0%nat ltac:(lia) ltac:(lia)) as [_ S20']. destruct (Ha' 2%nat 1%nat ltac:(lia) ltac:(lia)) as [_ S21'].
    assert (P0 := Hp 0%nat ltac:(lia)). assert (P1 := Hp 1%nat ltac:(lia)).
    pose proof (Hkk 0%nat ltac:(lia)) as E00. pose proof (Hkk 1%nat ltac:(lia)) as E11.
    pose proof (proj1 (Ha 0%nat 0%nat ltac:(lia) ltac:(lia))) as Q0. pose proof (proj1 (Ha 1%nat 1%nat ltac:(lia) ltac:(lia))) as Q1.
    pose proof (model_degree 3 pi alpha 0 Hm ltac:(lia)) as D0. pose proof (model_degree 3 pi alpha 1 Hm ltac:(lia)) as D1.
    unfold degree in D0, D1. cbn [sum] in D0, D1. rewrite H02 in D0. rewrite <- S01, H12 in D1.
    apply (one_weight 3 d tau pi (pair_weight 3 pi alpha) (pair_weight 3 pi alpha') v v' 0 1 Ht Hv Hv'); try lia.
    + unfold pair_weight, degree. cbn [sum]. rewrite <- S01, <- S01', H02, H12, H02', H12', E00, E11.
      set (a := alpha 0%nat 1%nat) in *. set (a' := alpha' 0%nat 1%nat) in *. set (s := pi 0%nat) in *. set (t := pi 1%nat) in *.
      set (p := alpha 0%nat 0%nat) in *. set (q := alpha 1%nat 1%nat) in *.
      assert (Q0' : 0 <= p * s) by (apply Rmult_le_pos; lra). assert (Q1' : 0 <= q * t) by (apply Rmult_le_pos; lra).
      assert (R : a / (p * s + t * a) + a / (q * t + s * a) < a' / (p * s + t * a') + a' / (q * t + s * a')).
      { pose proof (ratio_not_falls (p * s) t a a' Q0' P1 A01 Hlt ltac:(lra)) as R1. pose proof (ratio_not_falls (q * t) s a a' Q1' P0 A01 Hlt ltac:(lra)) as R2.
        destruct (Rlt_le_dec 0 p) as [Hp0|Hp0]; [pose proof (ratio_rises (p * s) t a a' ltac:(apply Rmult_lt_0_compat; assumption) P1 A01 Hlt); lra|].
        assert (Hq0 : 0 < q) by lra. pose proof (ratio_rises (q * t) s a a' ltac:(apply Rmult_lt_0_compat; assumption) P0 A01 Hlt). lra. }
      assert (T : 0 < s * t) by (apply Rmult_lt_0_compat; assumption).
      replace (s * a * t / (0 + p * s + a * t + 0 * pi 2%nat)) with (s * t * (a / (p * s + t * a))) by (unfold Rdiv; replace (0 + p * s + a * t + 0 * pi 2%nat) with (p * s + t * a) by ring; ring).
      replace (s * a' * t / (0 + p * s + a' * t + 0 * pi 2%nat)) with (s * t * (a' / (p * s + t * a'))) by (unfold Rdiv; replace (0 + p * s + a' * t + 0 * pi 2%nat) with (p * s + t * a') by ring; ring).
      replace (t * a * s / (0 + a * s + q * t + 0 * pi 2%nat)) with (s * t * (a / (q * t + s * a))) by (unfold Rdiv; replace (0 + a * s + q * t + 0 * pi 2%nat) with (q * t + s * a) by ring; ring).
      replace (t * a' * s / (0 + a' * s + q * t + 0 * pi 2%nat)) with (s * t * (a' / (q * t + s * a'))) by (unfold Rdiv; replace (0 + a' * s + q * t + 0 * pi 2%nat) with (q * t + s * a') by ring; ring).
      apply (Rmult_lt_compat_l (s * t)) in R; [|exact T]. lra.
    + intros k l Hk Hl Hkl N1 N2. unfold pair_weight.
      destruct k as [|[|[|k]]], l as [|[|[|l]]]; try lia; try (exfalso; apply N1; split; reflexivity); try (exfalso; apply N2; split; reflexivity);
        rewrite ?S20, ?S21, ?S20', ?S21', ?H02, ?H12, ?H02', ?H12'; unfold Rdiv; ring.
Qed.
