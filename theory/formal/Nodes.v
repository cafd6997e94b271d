(* The expected graph: nodes that copy their block's vector, and when pulling them apart does not help. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Logits Vectors Linear Duality Population.
Open Scope R_scope.

Lemma group_sum n K (b : nat -> nat) (h g : nat -> R) : (forall i, (i < n)%nat -> (b i < K)%nat) ->
  sum n (fun i => h i * g (b i)) = sum K (fun k => sum n (fun i => if (b i =? k)%nat then h i else 0) * g k).
Proof.
  intros Hb. rewrite (sum_ext n _ (fun i => sum K (fun k => if (b i =? k)%nat then h i * g k else 0))).
  - rewrite sum_swap. apply sum_ext. intros k _. rewrite <- sum_scal_r. apply sum_ext. intros i _. destruct (b i =? k)%nat; ring.
  - intros i Hi. symmetry. apply (sum_indicator K (b i) (fun k => h i * g k)). apply Hb, Hi.
Qed.

Section Nodes.
  Variables (K : nat) (tau : R) (pi : nat -> R) (alpha : nat -> nat -> R) (n : nat) (b : nat -> nat) (w : nat -> R) (G : nat -> nat -> R).
  Hypotheses (Ht : 0 < tau) (Hm : block_model K pi alpha) (Hn : nodes_of K n pi b w) (HG : forall k l, G l k = G k l).
  Let alpha_n i j := alpha (b i) (b j).
  Let G_n i j := G (b i) (b j).
  Let Hp := proj1 Hm.
  Let H1 := proj1 (proj2 Hm).
  Let Hal := proj1 (proj2 (proj2 Hm)).

  Lemma node_block i : (i < n)%nat -> (b i < K)%nat. Proof. intros Hi. apply Hn, Hi. Qed.
  Lemma node_share i : (i < n)%nat -> 0 < w i. Proof. intros Hi. apply (proj1 Hn), Hi. Qed.
  Lemma share_sum g : sum n (fun i => w i * g (b i)) = sum K (fun k => pi k * g k).
  Proof. rewrite (group_sum n K b w g node_block). apply sum_ext. intros k Hk. rewrite (proj2 Hn k Hk). reflexivity. Qed.
  Lemma node_total : sum n w = 1.
  Proof. rewrite <- H1. rewrite (sum_ext n w (fun i => w i * 1)), (sum_ext K pi (fun k => pi k * 1)) by (intros; ring). apply (share_sum (fun _ => 1)). Qed.
  Lemma node_degree i : degree n w alpha_n i = degree K pi alpha (b i).
  Proof.
    unfold degree, alpha_n. rewrite (sum_ext n _ (fun j => w j * alpha (b i) (b j))), (sum_ext K _ (fun m => pi m * alpha (b i) m)) by (intros; ring).
    apply (share_sum (alpha (b i))).
  Qed.
  Lemma node_partition i : partition n tau w G_n i = partition K tau pi G (b i).
  Proof. apply (share_sum (fun l => exp (G (b i) l / tau))). Qed.
  Lemma copies : node_loss n tau b w alpha G_n = population_loss K tau pi alpha G.
  Proof.
    unfold node_loss, population_loss, weighted_loss. fold alpha_n. f_equal; [f_equal|].
    - rewrite (sum_ext n _ (fun i => w i * sum K (fun l => pi l * (alpha (b i) l * G (b i) l / degree K pi alpha (b i))))).
      + rewrite (share_sum (fun k => sum K (fun l => pi l * (alpha k l * G k l / degree K pi alpha k)))). apply sum_ext. intros k Hk.
        rewrite <- sum_scal. apply sum_ext. intros l Hl. unfold pair_weight, Rdiv. ring.
      + intros i Hi. rewrite <- (share_sum (fun l => alpha (b i) l * G (b i) l / degree K pi alpha (b i))). rewrite <- sum_scal.
        apply sum_ext. intros j Hj. unfold pair_weight. rewrite node_degree. unfold alpha_n, G_n, Rdiv. ring.
    - rewrite (sum_ext n _ (fun i => w i * ln (partition K tau pi G (b i)))) by (intros; rewrite node_partition; reflexivity).
      apply (share_sum (fun k => ln (partition K tau pi G k))).
  Qed.
  Lemma node_grad i j : (i < n)%nat -> (j < n)%nat ->
    pop_grad n tau w alpha_n G_n i j = w i / pi (b i) * (w j / pi (b j)) * pop_grad K tau pi alpha G (b i) (b j).
  Proof.
    intros Hi Hj. pose proof (node_block i Hi) as Bi. pose proof (node_block j Hj) as Bj.
    pose proof (Hp _ Bi). pose proof (Hp _ Bj). pose proof (model_degree K pi alpha _ Hm Bi). pose proof (model_degree K pi alpha _ Hm Bj).
    rewrite (pop_grad_formula n tau w alpha_n Ht node_share node_total) by
      (assumption || (rewrite node_degree; assumption) || (unfold G_n; apply HG) || (unfold alpha_n; apply Hal; assumption)).
    rewrite (pop_grad_formula K tau pi alpha Ht Hp H1) by (assumption || apply HG || (apply Hal; assumption)).
    rewrite !node_partition, !node_degree. unfold G_n, alpha_n.
    pose proof (partition_pos K tau pi Hp H1 G (b i) Bi). pose proof (partition_pos K tau pi Hp H1 G (b j) Bj). field. repeat split; lra.
  Qed.
  Notation D := (pop_grad K tau pi alpha G).
  Notation lambda := (mult K tau pi (fun _ l => pi l) (pair_weight K pi alpha) G).
  (* the mean of x over block k *)
  Definition block_mean (x : nat -> R) (k : nat) : R := sum n (fun i => if (b i =? k)%nat then w i * x i else 0) / pi k.
  Lemma ratio_sum x g : sum n (fun j => w j / pi (b j) * x j * g (b j)) = sum K (fun k => block_mean x k * g k).
  Proof.
    rewrite (sum_ext n _ (fun j => w j * x j * (/ pi (b j) * g (b j)))) by (intros; unfold Rdiv; ring).
    rewrite (group_sum n K b (fun j => w j * x j) (fun k => / pi k * g k) node_block). apply sum_ext. intros; unfold block_mean, Rdiv; ring.
  Qed.
  Lemma block_mean_1 k : (k < K)%nat -> block_mean (fun _ => 1) k = 1.
  Proof.
    intros Hk. unfold block_mean. rewrite (sum_ext n _ (fun i => if (b i =? k)%nat then w i else 0)) by (intros i _; destruct (b i =? k)%nat; ring).
    rewrite (proj2 Hn k Hk). field. apply Rgt_not_eq, Hp, Hk.
  Qed.
  Lemma node_mult i : (i < n)%nat -> mult n tau w (fun _ l => w l) (pair_weight n w alpha_n) G_n i = w i / pi (b i) * lambda (b i).
  Proof.
    intros Hi. unfold mult. fold (pop_grad n tau w alpha_n) (pop_grad K tau pi alpha).
    rewrite (sum_ext n _ (fun j => w i / pi (b i) * (w j / pi (b j) * 1 * (D (b i) (b j) * G (b i) (b j))))).
    - rewrite sum_scal. f_equal. rewrite (ratio_sum (fun _ => 1) (fun l => D (b i) l * G (b i) l)). apply sum_ext. intros l Hl. rewrite block_mean_1 by exact Hl. ring.
    - intros j Hj. rewrite node_grad by assumption. unfold G_n. ring.
  Qed.
  Lemma node_form x : quad n (pop_dual n tau w alpha_n G_n) x =
    quad K D (block_mean x) - sum K (fun k => block_mean (fun i => x i * x i) k * lambda k).
  Proof.
    unfold pop_dual. rewrite quad_dual. fold (pop_grad n tau w alpha_n). f_equal.
    - unfold quad. rewrite (sum_ext n _ (fun i => w i / pi (b i) * x i * sum K (fun l => block_mean x l * D (b i) l))).
      + rewrite (ratio_sum x (fun k => sum K (fun l => block_mean x l * D k l))). apply sum_ext. intros k Hk. rewrite <- sum_scal. apply sum_ext. intros; ring.
      + intros i Hi. rewrite <- (ratio_sum x (D (b i))), <- sum_scal. apply sum_ext. intros j Hj. rewrite node_grad by assumption. ring.
    - rewrite <- (ratio_sum (fun i => x i * x i) lambda). apply sum_ext. intros i Hi. rewrite node_mult by exact Hi. ring.
  Qed.
  Lemma mean_square x k : (k < K)%nat -> block_mean x k * block_mean x k <= block_mean (fun i => x i * x i) k.
  Proof.
    intros Hk. pose proof (Hp k Hk) as Pk. set (y := block_mean x k).
    assert (H : 0 <= sum n (fun i => if (b i =? k)%nat then w i * ((x i - y) * (x i - y)) else 0)).
    { apply sum_nonneg. intros i Hi. destruct (b i =? k)%nat; [|lra]. apply Rmult_le_pos; [left; apply node_share, Hi | apply Rle_0_sqr]. }
    rewrite (sum_ext n _ (fun i => (if (b i =? k)%nat then w i * (x i * x i) else 0) + (- 2 * y * (if (b i =? k)%nat then w i * x i else 0) + y * y * (if (b i =? k)%nat then w i else 0)))) in H
      by (intros i _; destruct (b i =? k)%nat; ring).
    rewrite !sum_plus, !sum_scal, (proj2 Hn k Hk) in H.
    replace (sum n (fun i => if (b i =? k)%nat then w i * x i else 0)) with (pi k * y) in H by (unfold y, block_mean; field; lra).
    replace (sum n (fun i => if (b i =? k)%nat then w i * (x i * x i) else 0)) with (pi k * block_mean (fun i => x i * x i) k) in H by (unfold block_mean; field; lra).
    apply (Rmult_le_reg_l (pi k)); [exact Pk|]. lra.
  Qed.
  Lemma node_psd : (forall x, 0 <= quad K (pop_dual K tau pi alpha G) x) -> (forall k, (k < K)%nat -> lambda k <= 0) ->
    forall x, 0 <= quad n (pop_dual n tau w alpha_n G_n) x.
  Proof.
    intros HS Hl x. rewrite node_form. pose proof (HS (block_mean x)) as Q. unfold pop_dual in Q. rewrite quad_dual in Q. fold (pop_grad K tau pi alpha) in Q.
    assert (sum K (fun k => block_mean (fun i => x i * x i) k * lambda k) <= sum K (fun k => lambda k * (block_mean x k * block_mean x k))); [|lra].
    apply sum_le. intros k Hk. pose proof (mean_square x k Hk). pose proof (Hl k Hk). nra.
  Qed.
End Nodes.

(* one vector per block, at unit vectors v with psd dual matrix *)
Lemma one_vector K tau pi alpha d d' v : 0 < tau -> block_model K pi alpha -> unit_vectors K d v -> (d < d')%nat ->
  (forall x, 0 <= quad K (pop_dual K tau pi alpha (gram d v)) x) ->
  ((forall k, (k < K)%nat -> multiplier K tau pi (pair_weight K pi alpha) (gram d v) k <= 0) <->
   (forall n b w z, nodes_of K n pi b w -> unit_vectors n d' z -> population_loss K tau pi alpha (gram d v) <= node_loss n tau b w alpha (gram d' z))).
Proof.
  intros Ht Hm Hu Hd HS. pose proof (proj1 Hm) as Hp. rewrite pop_mult_eq. split.
  - intros Hl n b w z Hn Hz.
    assert (Hub : unit_vectors n d (fun i => v (b i))) by (intros i Hi; apply Hu, (node_block K pi n b w Hn), Hi).
    rewrite <- (copies K tau pi alpha n b w (gram d v) Hn). change (fun i j => gram d v (b i) (b j)) with (gram d (fun i => v (b i))).
    pose proof (node_total K pi alpha n b w Hm Hn) as Hw. pose proof (node_share K pi n b w Hn) as Hs.
    apply (certificate n tau w (fun _ l => w l) _ (blocks_pos n w Hw) Ht Hs (fun _ l _ Hl' => Hs l Hl') (gram d (fun i => v (b i)))); [|apply unit_elliptope; assumption ..].
    apply (node_psd K tau pi alpha n b w (gram d v) Ht Hm Hn (fun k l => gram_sym d v l k) HS Hl).
  - intros H k Hk. destruct (Rle_lt_dec (mult K tau pi (fun _ l => pi l) (pair_weight K pi alpha) (gram d v) k) 0) as [|Hpos]; [assumption | exfalso].
    set (b := fun i => if (i =? K)%nat then k else i). set (w := fun i => if (b i =? k)%nat then pi k / 2 else pi i).
    assert (bK : b K = k) by (unfold b; rewrite Nat.eqb_refl; reflexivity).
    assert (bi : forall i, (i < K)%nat -> b i = i) by (intros i Hi; unfold b; destruct (Nat.eqb_spec i K); [lia | reflexivity]).
    pose proof (Hp k Hk) as Pk.
    assert (group : forall h j, (j < K)%nat -> sum (S K) (fun i => if (b i =? j)%nat then h i else 0) = h j + if (k =? j)%nat then h K else 0).
    { intros h j Hj. cbn [sum]. rewrite bK. f_equal. rewrite <- (sum_indicator K j h Hj). apply sum_ext. intros i Hi. rewrite bi by exact Hi. rewrite Nat.eqb_sym. reflexivity. }
    assert (Hn : nodes_of K (S K) pi b w).
    { split.
      - intros i Hi. destruct (Nat.eq_dec i K) as [->|Hne]; [rewrite bK; split; [exact Hk | unfold w; rewrite bK, Nat.eqb_refl; lra]|].
        rewrite bi by lia. split; [lia|]. unfold w. rewrite bi by lia. destruct (i =? k)%nat; [lra | apply Hp; lia].
      - intros j Hj. rewrite group by exact Hj. unfold w. rewrite bK, Nat.eqb_refl, bi by exact Hj. rewrite (Nat.eqb_sym k j).
        destruct (Nat.eqb_spec j k) as [->|]; lra. }
    pose proof (node_total K pi alpha (S K) b w Hm Hn) as Hw. pose proof (node_share K pi (S K) b w Hn) as Hs.
    assert (Hub : unit_vectors (S K) d (fun i => v (b i))) by (intros i Hi; apply Hu, (node_block K pi (S K) b w Hn), Hi).
    assert (Hopt : optimal (S K) d' (population_loss (S K) tau w (fun i j => alpha (b i) (b j))) (pad d (fun i => v (b i)))).
    { split; [apply unit_pad; [lia | exact Hub]|]. intros z Hz. specialize (H (S K) b w z Hn Hz). unfold node_loss in H.
      eapply Rle_trans; [|exact H]. right. rewrite <- (copies K tau pi alpha (S K) b w (gram d v) Hn). unfold node_loss.
      rewrite !pop_loss_eq. apply gloss_ext. intros i j _ _. exact (gram_pad d d' (fun i => v (b i)) i j ltac:(lia)). }
    rewrite (pop_iff (S K) tau w _ Ht Hs Hw d d' (fun i => v (b i))) in Hopt;
      [|exact Hd | exact Hub | apply unit_pad; [lia | exact Hub] | intros; apply gram_pad; lia].
    set (x := fun i => if (i =? K)%nat then -1 else if (i =? k)%nat then 1 else 0). specialize (Hopt x).
    assert (xK : x K = -1) by (unfold x; rewrite Nat.eqb_refl; reflexivity).
    assert (xi : forall i, (i < K)%nat -> x i = if (i =? k)%nat then 1 else 0) by (intros i Hi; unfold x; destruct (Nat.eqb_spec i K); [lia | reflexivity]).
    change (gram d (fun i => v (b i))) with (fun i j => gram d v (b i) (b j)) in Hopt.
    rewrite (node_form K tau pi alpha (S K) b w (gram d v) Ht Hm Hn (fun k l => gram_sym d v l k)) in Hopt.
    assert (Y : forall j, (j < K)%nat -> block_mean pi (S K) b w x j = 0).
    { intros j Hj. unfold block_mean. rewrite (group (fun i => w i * x i)) by exact Hj. rewrite xK, xi by exact Hj. unfold w. rewrite bK, Nat.eqb_refl, bi by exact Hj.
      rewrite (Nat.eqb_sym k j). destruct (Nat.eqb_spec j k); unfold Rdiv; ring. }
    assert (Q0 : quad K (pop_grad K tau pi alpha (gram d v)) (block_mean pi (S K) b w x) = 0).
    { apply sum2_0. intros i j Hi Hj. rewrite Y by exact Hi. ring. }
    rewrite Q0 in Hopt.
    rewrite (sum_ext K _ (fun j => if (k =? j)%nat then mult K tau pi (fun _ l => pi l) (pair_weight K pi alpha) (gram d v) j else 0)) in Hopt.
    + rewrite (sum_indicator K k _ Hk) in Hopt. lra.
    + intros j Hj. unfold block_mean. rewrite (group (fun i => w i * (x i * x i))) by exact Hj. rewrite xK, xi by exact Hj. unfold w. rewrite bK, Nat.eqb_refl, bi by exact Hj.
      rewrite (Nat.eqb_sym k j). destruct (Nat.eqb_spec j k) as [->|]; [field; lra | unfold Rdiv; ring].
Qed.
