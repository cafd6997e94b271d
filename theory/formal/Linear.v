(* Linear algebra: quadratic forms, the Gram factor of a psd matrix, the regular simplex. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Vectors.
Open Scope R_scope.

Definition sum2 (K : nat) (f : nat -> nat -> R) : R := sum K (fun k => sum K (f k)).
Definition inner (K : nat) (A B : nat -> nat -> R) : R := sum K (fun k => sum K (fun l => A k l * B k l)).
Definition quad (K : nat) (A : nat -> nat -> R) (x : nat -> R) : R := sum K (fun k => sum K (fun l => A k l * (x k * x l))).

Lemma sum2_ext K f g : (forall k l, (k < K)%nat -> (l < K)%nat -> f k l = g k l) -> sum2 K f = sum2 K g.
Proof. intros H. apply sum_ext. intros k Hk. apply sum_ext. intros l Hl. apply H; assumption. Qed.
Lemma sum2_plus K f g : sum2 K (fun k l => f k l + g k l) = sum2 K f + sum2 K g.
Proof. unfold sum2. rewrite <- sum_plus. apply sum_ext. intros. apply sum_plus. Qed.
Lemma sum2_minus K f g : sum2 K (fun k l => f k l - g k l) = sum2 K f - sum2 K g.
Proof. unfold sum2. rewrite <- sum_minus. apply sum_ext. intros. apply sum_minus. Qed.
Lemma sum2_scal K c f : sum2 K (fun k l => c * f k l) = c * sum2 K f.
Proof. unfold sum2. rewrite <- sum_scal. apply sum_ext. intros. apply sum_scal. Qed.
Lemma sum2_swap K f : sum2 K f = sum2 K (fun k l => f l k).
Proof. apply sum_swap. Qed.
Lemma sum2_0 K f : (forall k l, (k < K)%nat -> (l < K)%nat -> f k l = 0) -> sum2 K f = 0.
Proof. intros H. apply sum_0. intros k Hk. apply sum_0. intros l Hl. apply H; assumption. Qed.
(* the diagonal *)
Lemma sum2_diag K f : sum2 K (fun k l => if (k =? l)%nat then f k l else 0) = sum K (fun k => f k k).
Proof. apply sum_ext. intros k Hk. apply (sum_indicator K k (f k) Hk). Qed.
Lemma quad_ext K A B x : (forall k l, (k < K)%nat -> (l < K)%nat -> A k l = B k l) -> quad K A x = quad K B x.
Proof. intros H. apply sum2_ext. intros k l Hk Hl. rewrite H by assumption. reflexivity. Qed.

Lemma quad_S n A x : (forall l, (l < n)%nat -> A l n = A n l) ->
  quad (S n) A x = quad n A x + 2 * x n * sum n (fun l => A n l * x l) + A n n * (x n * x n).
Proof.
  intros H. unfold quad. simpl. rewrite sum_plus.
  rewrite (sum_ext n (fun k => A k n * (x k * x n)) (fun k => x n * (A n k * x k))) by (intros k Hk; rewrite H by exact Hk; ring).
  rewrite (sum_ext n (fun l => A n l * (x n * x l)) (fun k => x n * (A n k * x k))) by (intros; ring).
  rewrite sum_scal. ring.
Qed.

(* every psd matrix is the Gram matrix of K vectors of R^K *)
Lemma psd_factor K : forall A, psd K A -> exists v : nat -> vector, forall k l, (k < K)%nat -> (l < K)%nat -> dot K (v k) (v l) = A k l.
Proof.
  induction K as [|n IH]; intros A [Hsym Hq]; [exists (fun _ _ => 0); intros; lia|].
  change (forall x, 0 <= quad (S n) A x) in Hq.
  assert (Hs : forall l, (l < n)%nat -> A l n = A n l) by (intros; apply Hsym; lia).
  set (ext := fun (y : nat -> R) (t : R) (i : nat) => if (i <? n)%nat then y i else t).
  assert (Hext : forall y t, quad (S n) A (ext y t) = quad n A y + 2 * t * sum n (fun l => A n l * y l) + A n n * (t * t)).
  { intros y t. rewrite quad_S by exact Hs.
    assert (E : forall i, (i < n)%nat -> ext y t i = y i) by (intros i Hi; unfold ext; apply Nat.ltb_lt in Hi; rewrite Hi; reflexivity).
    assert (En : ext y t n = t) by (unfold ext; rewrite Nat.ltb_irrefl; reflexivity). rewrite En. f_equal. f_equal.
    - apply sum2_ext. intros k l Hk Hl. rewrite !E by assumption. reflexivity.
    - f_equal. apply sum_ext. intros l Hl. rewrite E by exact Hl. reflexivity. }
  assert (Hp : forall y t, 0 <= quad n A y + 2 * t * sum n (fun l => A n l * y l) + A n n * (t * t)) by (intros; rewrite <- Hext; apply Hq).
  assert (Ha : 0 <= A n n).
  { specialize (Hp (fun _ => 0) 1). cbv beta in Hp. rewrite (sum_0 n (fun l => A n l * 0)) in Hp by (intros; ring).
    unfold quad in Hp. rewrite (sum_0 n) in Hp by (intros; apply sum_0; intros; ring). lra. }
  destruct Ha as [Ha|Ha].
  - set (B := fun k l => A k l - A n k * A n l / A n n).
    destruct (IH B) as [v Hv].
    { split.
      - intros k l Hk Hl. unfold B. rewrite (Hsym k l) by lia. field. lra.
      - intros y. change (0 <= quad n B y). set (r := sum n (fun l => A n l * y l)). specialize (Hp y (- r / A n n)). fold r in Hp.
        replace (quad n B y) with (quad n A y - / A n n * (r * r)).
        + replace (quad n A y + 2 * (- r / A n n) * r + A n n * (- r / A n n * (- r / A n n))) with (quad n A y - / A n n * (r * r)) in Hp by (field; lra). exact Hp.
        + unfold r, B, quad. rewrite <- sum_scal_r, <- sum_scal, <- sum_minus. apply sum_ext. intros k Hk.
          rewrite Rmult_comm, Rmult_assoc, <- sum_scal_r, <- sum_scal, <- sum_minus. apply sum_ext. intros l Hl. field. lra. }
    set (q := sqrt (A n n)). assert (Hq0 : 0 < q) by (apply sqrt_lt_R0, Ha). assert (Hqq : q * q = A n n) by (apply sqrt_sqrt; lra).
    exists (fun k c => if (k <? n)%nat then (if (c <? n)%nat then v k c else A n k / q) else if (c <? n)%nat then 0 else q).
    intros k l Hk Hl. unfold dot. simpl. rewrite Nat.ltb_irrefl.
    destruct (Nat.ltb_spec k n) as [Hkn|Hkn]; destruct (Nat.ltb_spec l n) as [Hln|Hln].
    + rewrite (sum_ext n _ (fun c => v k c * v l c)) by (intros c Hc; apply Nat.ltb_lt in Hc; rewrite Hc; reflexivity).
      fold (dot n (v k) (v l)). rewrite Hv by assumption. unfold B. rewrite <- Hqq. field. lra.
    + replace l with n by lia. rewrite sum_0 by (intros c Hc; apply Nat.ltb_lt in Hc; rewrite Hc; ring). rewrite (Hs k Hkn). field. lra.
    + replace k with n by lia. rewrite sum_0 by (intros c Hc; apply Nat.ltb_lt in Hc; rewrite Hc; ring). field. lra.
    + replace k with n by lia. replace l with n by lia. rewrite sum_0 by (intros c Hc; apply Nat.ltb_lt in Hc; rewrite Hc; ring). lra.
  - assert (Hz : forall l, (l < n)%nat -> A n l = 0).
    { set (r := sum n (fun l => A n l * A n l)). assert (Hr : r = 0).
      { assert (0 <= r) by (apply sum_nonneg; intros; nra). destruct (Req_dec r 0) as [|Hne]; [assumption|].
        set (Q := quad n A (A n)). pose proof (Hp (A n) (- (Rabs Q + 1) / r)) as H1. fold Q r in H1. rewrite <- Ha in H1.
        replace (2 * (- (Rabs Q + 1) / r) * r) with (- 2 * (Rabs Q + 1)) in H1 by (field; exact Hne).
        pose proof (Rle_abs Q). pose proof (Rabs_pos Q). lra. }
      intros l Hl. pose proof (sum_nonneg_zero n (fun l => A n l * A n l) ltac:(intros; nra) Hr l Hl) as H1. cbv beta in H1. nra. }
    destruct (IH A) as [v Hv].
    { split; [intros; apply Hsym; lia|]. intros y. specialize (Hp y 0). change (0 <= quad n A y). lra. }
    exists (fun k c => if (k <? n)%nat then (if (c <? n)%nat then v k c else 0) else 0).
    intros k l Hk Hl. unfold dot. simpl. rewrite Nat.ltb_irrefl.
    destruct (Nat.ltb_spec k n) as [Hkn|Hkn]; destruct (Nat.ltb_spec l n) as [Hln|Hln].
    + rewrite (sum_ext n _ (fun c => v k c * v l c)) by (intros c Hc; apply Nat.ltb_lt in Hc; rewrite Hc; reflexivity).
      fold (dot n (v k) (v l)). rewrite Hv by assumption. ring.
    + replace l with n by lia. rewrite sum_0 by (intros; ring). rewrite (Hs k Hkn), Hz by exact Hkn. ring.
    + replace k with n by lia. rewrite sum_0 by (intros; ring). rewrite Hz by exact Hln. ring.
    + replace k with n by lia. replace l with n by lia. rewrite sum_0 by (intros; ring). lra.
Qed.

(* Gram matrices *)
Lemma gram_sym d v k l : gram d v k l = gram d v l k.
Proof. apply dot_sym. Qed.
Lemma quad_gram K d A (v : nat -> vector) : inner K A (gram d v) = sum d (fun c => quad K A (fun k => v k c)).
Proof.
  unfold inner, quad, gram, dot. rewrite (sum_swap d K). apply sum_ext. intros k Hk. rewrite (sum_swap d K). apply sum_ext. intros l Hl.
  rewrite sum_scal. reflexivity.
Qed.
Lemma gram_psd K d v : psd K (gram d v).
Proof.
  split; [intros; apply gram_sym|]. intros x. 
  replace (sum K (fun k => sum K (fun l => gram d v k l * (x k * x l)))) with (dot d (fun c => sum K (fun k => x k * v k c)) (fun c => sum K (fun k => x k * v k c)));
    [apply dot_nonneg|].
  unfold gram, dot. rewrite (sum_ext d _ (fun c => sum K (fun k => sum K (fun l => v k c * v l c * (x k * x l))))).
  2:{ intros c Hc. rewrite <- sum_scal_r. apply sum_ext. intros k Hk. rewrite <- sum_scal. apply sum_ext. intros; ring. }
  rewrite (sum_swap d K). apply sum_ext. intros k Hk. rewrite (sum_swap d K). apply sum_ext. intros l Hl. apply sum_scal_r.
Qed.
Lemma unit_elliptope K d v : unit_vectors K d v -> elliptope K (gram d v).
Proof. intros H. split; [apply gram_psd | exact H]. Qed.
Lemma elliptope_unit K G : elliptope K G -> exists v, unit_vectors K K v /\ forall k l, (k < K)%nat -> (l < K)%nat -> gram K v k l = G k l.
Proof.
  intros [Hp Hd]. destruct (psd_factor K G Hp) as [v Hv]. exists v. split; [|exact Hv].
  intros k Hk. unfold on_sphere. rewrite Hv by assumption. apply Hd, Hk.
Qed.
(* <S, G> >= 0 for psd S and G *)
Lemma psd_inner K S G : (forall x, 0 <= quad K S x) -> psd K G -> 0 <= inner K S G.
Proof.
  intros HS HG. destruct (psd_factor K G HG) as [v Hv].
  replace (inner K S G) with (inner K S (gram K v)) by (apply sum2_ext; intros; unfold gram; rewrite Hv by assumption; reflexivity).
  rewrite quad_gram. apply sum_nonneg. intros c _. apply HS.
Qed.
(* the same vectors in a larger space *)
Definition pad (d : nat) (v : nat -> vector) (k : nat) : vector := fun c => if (c <? d)%nat then v k c else 0.
Lemma gram_pad d d' v k l : (d <= d')%nat -> gram d' (pad d v) k l = gram d v k l.
Proof.
  intros H. unfold gram, dot, pad. rewrite (sum_le_dim d d') by (exact H || (intros i Hi; destruct (Nat.ltb_spec i d); [lia | ring])).
  apply sum_ext. intros c Hc. apply Nat.ltb_lt in Hc. rewrite Hc. reflexivity.
Qed.
Lemma unit_pad K d d' v : (d <= d')%nat -> unit_vectors K d v -> unit_vectors K d' (pad d v).
Proof. intros H Hv k Hk. change (gram d' (pad d v) k k = 1). rewrite gram_pad by exact H. apply Hv, Hk. Qed.

(* m + 2 unit vectors of R^(m+1) with all cosines -1/(m+1) *)
Lemma simplex m : exists v, unit_vectors (m + 2) (m + 1) v /\
  forall i j, (i < m + 2)%nat -> (j < m + 2)%nat -> i <> j -> gram (m + 1) v i j = - / INR (m + 1).
Proof.
  induction m as [|m IH].
  - exists (fun i _ => match i with O => 1 | _ => -1 end). split.
    + intros [|[|i]] Hi; try lia; unfold on_sphere, dot; simpl; ring.
    + intros [|[|i]] [|[|j]] Hi Hj Hne; try lia; unfold gram, dot; simpl; field.
  - destruct IH as (v & Hu & Hv). replace (S m + 1)%nat with (S (m + 1)) in * by lia. set (n := (m + 1)%nat) in *.
    assert (Hn : 1 <= INR n) by (apply (le_INR 1); unfold n; lia). pose proof (S_INR n) as HS. set (N := INR n) in *.
    set (a := sqrt (1 - / (N + 1) * / (N + 1))).
    assert (Hi : 0 < / (N + 1) <= / 2) by (split; [apply Rinv_0_lt_compat; lra | apply Rinv_le_contravar; lra]).
    assert (Haa : a * a = 1 - / (N + 1) * / (N + 1)) by (apply sqrt_sqrt; nra).
    exists (fun i c => if (i <? n + 1)%nat then (if (c <? n)%nat then a * v i c else - / (N + 1)) else if (c <? n)%nat then 0 else 1).
    assert (E1 : forall i j, (i < n + 1)%nat -> (j < n + 1)%nat ->
      sum n (fun c => (if (c <? n)%nat then a * v i c else - / (N + 1)) * (if (c <? n)%nat then a * v j c else - / (N + 1))) = a * a * gram n v i j).
    { intros i j _ _. unfold gram, dot. rewrite <- sum_scal. apply sum_ext. intros c Hc. apply Nat.ltb_lt in Hc. rewrite Hc. ring. }
    assert (Z : forall f g : nat -> R, sum n (fun c => (if (c <? n)%nat then 0 else f c) * g c) = 0)
      by (intros; apply sum_0; intros c Hc; apply Nat.ltb_lt in Hc; rewrite Hc; ring).
    assert (Z' : forall f g : nat -> R, sum n (fun c => g c * (if (c <? n)%nat then 0 else f c)) = 0)
      by (intros; apply sum_0; intros c Hc; apply Nat.ltb_lt in Hc; rewrite Hc; ring).
    split.
    + intros i Hi'. unfold on_sphere, dot. simpl. rewrite Nat.ltb_irrefl. destruct (Nat.ltb_spec i (n + 1)) as [H|H].
      * rewrite E1 by assumption. unfold gram. rewrite (Hu i) by lia. rewrite Haa. ring.
      * rewrite (Z (fun _ => 1)). ring.
    + intros i j Hi' Hj' Hne. unfold gram, dot. cbn [sum]. rewrite Nat.ltb_irrefl.
      rewrite HS. destruct (Nat.ltb_spec i (n + 1)) as [H|H]; destruct (Nat.ltb_spec j (n + 1)) as [H'|H']; try lia.
      * rewrite E1 by assumption. rewrite Hv by lia. rewrite Haa. field. lra.
      * rewrite (Z' (fun _ => 1)). ring.
      * rewrite (Z (fun _ => 1)). ring.
Qed.
