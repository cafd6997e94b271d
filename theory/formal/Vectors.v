(* Lemmas on finite sums, vectors of R^d and points of the sphere. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec.
Open Scope R_scope.
Import ListNotations.

(* ---- sums ---- *)
Lemma sum_ext n f g : (forall i, (i < n)%nat -> f i = g i) -> sum n f = sum n g.
Proof. induction n; simpl; intros H; [reflexivity|]. rewrite IHn, H by (intros; try apply H; lia). reflexivity. Qed.
Lemma sum_plus n f g : sum n (fun i => f i + g i) = sum n f + sum n g.
Proof. induction n; simpl; lra. Qed.
Lemma sum_minus n f g : sum n (fun i => f i - g i) = sum n f - sum n g.
Proof. induction n; simpl; lra. Qed.
Lemma sum_scal n c f : sum n (fun i => c * f i) = c * sum n f.
Proof. induction n; simpl; [ring | rewrite IHn; ring]. Qed.
Lemma sum_scal_r n c f : sum n (fun i => f i * c) = sum n f * c.
Proof. induction n; simpl; [ring | rewrite IHn; ring]. Qed.
Lemma sum_le n f g : (forall i, (i < n)%nat -> f i <= g i) -> sum n f <= sum n g.
Proof. induction n; simpl; intros H; [lra|]. apply Rplus_le_compat; [apply IHn; intros; apply H; lia | apply H; lia]. Qed.
Lemma sum_lt n f g i : (forall i, (i < n)%nat -> f i <= g i) -> (i < n)%nat -> f i < g i -> sum n f < sum n g.
Proof.
  induction n; simpl; intros H Hi Hlt; [lia|]. destruct (Nat.eq_dec i n) as [->|Hne].
  - apply Rplus_le_lt_compat; [apply sum_le; intros; apply H; lia | exact Hlt].
  - apply Rplus_lt_le_compat; [apply IHn; [intros; apply H; lia | lia | exact Hlt] | apply H; lia].
Qed.
Lemma sum_zero n : sum n (fun _ => 0) = 0.
Proof. induction n; simpl; lra. Qed.
Lemma sum_const n c : sum n (fun _ => c) = INR n * c.
Proof. induction n; [simpl; ring|]. rewrite S_INR. simpl. rewrite IHn. ring. Qed.
Lemma sum_0 n f : (forall i, (i < n)%nat -> f i = 0) -> sum n f = 0.
Proof. intros H. rewrite <- (sum_zero n). apply sum_ext. exact H. Qed.
Lemma sum_nonneg n f : (forall i, (i < n)%nat -> 0 <= f i) -> 0 <= sum n f.
Proof. intros H. rewrite <- (sum_zero n). apply sum_le. exact H. Qed.
Lemma sum_pos_one n f i : (forall i, (i < n)%nat -> 0 <= f i) -> (i < n)%nat -> 0 < f i -> 0 < sum n f.
Proof. intros H Hi Hp. rewrite <- (sum_zero n). apply (sum_lt n _ _ i); assumption. Qed.
Lemma sum_pos n f : (0 < n)%nat -> (forall i, (i < n)%nat -> 0 < f i) -> 0 < sum n f.
Proof. intros Hn H. apply (sum_pos_one n f 0); [intros i Hi; left; apply H, Hi | exact Hn | apply H, Hn]. Qed.
Lemma sum_nonneg_zero n f : (forall i, (i < n)%nat -> 0 <= f i) -> sum n f = 0 -> forall i, (i < n)%nat -> f i = 0.
Proof.
  intros H E i Hi. destruct (Req_dec (f i) 0) as [|Hne]; [assumption|].
  pose proof (H i Hi). pose proof (sum_pos_one n f i H Hi). lra.
Qed.
Lemma sum_swap n m (f : nat -> nat -> R) : sum n (fun i => sum m (f i)) = sum m (fun j => sum n (fun i => f i j)).
Proof. induction n; simpl; [symmetry; apply sum_zero|]. rewrite IHn, <- sum_plus. reflexivity. Qed.
Lemma sum_indicator n k f : (k < n)%nat -> sum n (fun i => if (k =? i)%nat then f i else 0) = f k.
Proof.
  induction n; intros H; [lia|]. simpl. destruct (Nat.eqb_spec k n) as [->|Hne].
  - rewrite sum_0; [ring|]. intros i Hi. destruct (Nat.eqb_spec n i); [lia | reflexivity].
  - rewrite IHn by lia. ring.
Qed.
Lemma sum_le_dim n m f : (n <= m)%nat -> (forall i, (n <= i < m)%nat -> f i = 0) -> sum m f = sum n f.
Proof.
  induction 1; intros H0; [reflexivity|]. simpl. rewrite IHle by (intros; apply H0; lia). rewrite H0 by lia. ring.
Qed.
Lemma sum_two n f : (2 <= n)%nat -> (forall i, (2 <= i)%nat -> f i = 0) -> sum n f = f 0%nat + f 1%nat.
Proof. intros Hn H. rewrite (sum_le_dim 2 n f Hn) by (intros; apply H; lia). simpl. ring. Qed.
Lemma sum_shift n f : sum (S n) f = f 0%nat + sum n (fun i => f (S i)).
Proof. induction n; [simpl; ring|]. change (sum (S (S n)) f) with (sum (S n) f + f (S n)). rewrite IHn. simpl. ring. Qed.

(* (sum_c a_c)^2 <= d sum_c a_c^2 *)
Lemma cauchy_schwarz d a : sum d a * sum d a <= INR d * sum d (fun c => a c * a c).
Proof.
  destruct d as [|d]; [simpl; lra|]. set (n := S d). assert (Hn : 0 < INR n) by (apply lt_0_INR; unfold n; lia). clearbody n.
  set (t := sum n a / INR n). assert (H : 0 <= sum n (fun c => (a c - t) * (a c - t))) by (apply sum_nonneg; intros; apply Rle_0_sqr).
  rewrite (sum_ext n _ (fun c => (a c * a c + - 2 * t * a c) + t * t)) in H by (intros; ring).
  rewrite !sum_plus, sum_scal, sum_const in H. set (q := sum n (fun c => a c * a c)) in *.
  assert (E : sum n a = INR n * t) by (unfold t; field; lra). rewrite E in *.
  assert (H1 : INR n * t * t <= q) by lra. apply (Rmult_le_compat_l (INR n)) in H1; [lra | lra].
Qed.

(* ---- vectors ---- *)
Lemma dot_sym d x y : dot d x y = dot d y x.
Proof. apply sum_ext. intros; ring. Qed.
Lemma dot_nonneg d x : 0 <= dot d x x.
Proof. apply sum_nonneg. intros; nra. Qed.
Lemma squared_distance_dot d x y : squared_distance d x y = dot d x x + dot d y y - 2 * dot d x y.
Proof.
  unfold squared_distance, dot. rewrite <- sum_scal, <- sum_plus, <- sum_minus. apply sum_ext. intros; ring.
Qed.
Lemma squared_distance_sphere d x y : on_sphere d x -> on_sphere d y -> squared_distance d x y = 2 - 2 * dot d x y.
Proof. unfold on_sphere. intros Hx Hy. rewrite squared_distance_dot, Hx, Hy. ring. Qed.
Lemma squared_distance_nonneg d x y : 0 <= squared_distance d x y.
Proof. apply sum_nonneg. intros. apply pow2_ge_0. Qed.
Lemma dot_le_1 d x y : on_sphere d x -> on_sphere d y -> dot d x y <= 1.
Proof. intros Hx Hy. pose proof (squared_distance_nonneg d x y). rewrite squared_distance_sphere in H by assumption. lra. Qed.
Lemma dot_opp d x y : dot d x (fun c => - y c) = - dot d x y.
Proof. unfold dot. replace (- sum d (fun c => x c * y c)) with (-1 * sum d (fun c => x c * y c)) by ring. rewrite <- sum_scal. apply sum_ext. intros; ring. Qed.
Lemma sphere_opp d x : on_sphere d x -> on_sphere d (fun c => - x c).
Proof. unfold on_sphere. intros <-. apply sum_ext. intros; ring. Qed.
Lemma dot_ge_m1 d x y : on_sphere d x -> on_sphere d y -> -1 <= dot d x y.
Proof. intros Hx Hy. pose proof (dot_le_1 d x _ Hx (sphere_opp d y Hy)). rewrite dot_opp in H. lra. Qed.
Lemma dot_1_equal d x y : on_sphere d x -> on_sphere d y -> dot d x y = 1 -> forall c, (c < d)%nat -> x c = y c.
Proof.
  intros Hx Hy E c Hc. assert (H : squared_distance d x y = 0) by (rewrite squared_distance_sphere by assumption; lra).
  pose proof (sum_nonneg_zero d (fun c => (x c - y c) ^ 2) (fun i _ => pow2_ge_0 _) H c Hc) as H1. cbv beta in H1. nra.
Qed.

(* the point (c, sqrt(1 - c^2)) of the circle *)
Definition circle (c : R) : vector := fun k => match k with 0%nat => c | 1%nat => sqrt (1 - c * c) | _ => 0 end.
Lemma circle_dot d c c' : (2 <= d)%nat -> dot d (circle c) (circle c') = c * c' + sqrt (1 - c * c) * sqrt (1 - c' * c').
Proof. intros Hd. unfold dot. rewrite sum_two by (exact Hd || (intros [|[|i]] Hi; try lia; simpl; ring)). reflexivity. Qed.
Lemma circle_sphere d c : (2 <= d)%nat -> -1 <= c <= 1 -> on_sphere d (circle c).
Proof. intros Hd Hc. unfold on_sphere. rewrite circle_dot by exact Hd. rewrite sqrt_sqrt by nra. ring. Qed.
Lemma circle_dot_1 d c : (2 <= d)%nat -> dot d (circle 1) (circle c) = c.
Proof. intros Hd. rewrite circle_dot by exact Hd. replace (1 - 1 * 1) with 0 by ring. rewrite sqrt_0. ring. Qed.
