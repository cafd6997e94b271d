(* B16: the spread law of the block means. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits Vectors Linear Duality Population Nodes.
Open Scope R_scope.

Section Spread.
  Variables (K : nat) (tau pmax : R) (alpha : nat -> nat -> R) (pi : nat -> R).
  Hypotheses (Ht : 0 < tau) (Hpm : 0 < pmax) (Hm : block_model K pi alpha)
    (Ha : forall k l, (k < K)%nat -> (l < K)%nat -> 0 < alpha k l <= pmax) (Hmax : exists k, (k < K)%nat /\ alpha k k = pmax)
    (Hpsd : psd K (pmi tau pmax alpha)).
  Let f := population_loss K tau pi alpha.
  Let M := pmi tau pmax alpha.
  Let Hp := proj1 Hm.
  Let H1 := proj1 (proj2 Hm).
  Let Hal := proj1 (proj2 (proj2 Hm)).
  Let HK : (0 < K)%nat := blocks_pos K pi H1.
  Lemma zero k l : (k < K)%nat -> (l < K)%nat -> pop_grad K tau pi alpha M k l = 0.
  Proof. apply pmi_gradient; try assumption. intros i j Hi Hj. split; [apply Ha; assumption | apply Hal; assumption]. Qed.
  Lemma M_sym k l : (k < K)%nat -> (l < K)%nat -> M k l = M l k. Proof. apply Hpsd. Qed.
  Lemma log_ratio k l : (k < K)%nat -> (l < K)%nat -> ln (alpha k l / pmax) <= 0.
  Proof.
    intros Hk Hl. destruct (Ha k l Hk Hl). rewrite <- ln_1. apply ln_le; [apply Rdiv_lt_0_compat; assumption|].
    apply (Rmult_le_reg_r pmax); [exact Hpm|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l; lra.
  Qed.
  Lemma M_means k : (k < K)%nat -> M k k <= 1.
  Proof. intros Hk. pose proof (log_ratio k k Hk Hk). unfold M, pmi. nra. Qed.
  Lemma M_strict k : (k < K)%nat -> alpha k k < pmax -> M k k < 1.
  Proof.
    intros Hk Hlt. destruct (Ha k k Hk Hk) as [Hpos _]. assert (ln (alpha k k / pmax) < 0).
    { rewrite <- ln_1. apply ln_increasing; [apply Rdiv_lt_0_compat; assumption|]. apply (Rmult_lt_reg_r pmax); [exact Hpm|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l; lra. }
    unfold M, pmi. nra.
  Qed.
  Lemma tangent_0 G : (forall k l, (k < K)%nat -> (l < K)%nat -> G k l = G l k) ->
    inner K (grad0 K tau pi (fun _ l => pi l) (pair_weight K pi alpha) M) (fun k l => G k l - M k l) = 0.
  Proof.
    intros Hs. rewrite (inner_grad0 K tau pi (fun _ l => pi l) (pair_weight K pi alpha) Ht M) by (intros; rewrite (Hs k l), (M_sym k l) by assumption; reflexivity).
    apply sum2_0. intros k l Hk Hl. change (pop_grad K tau pi alpha M k l * (G k l - M k l) = 0). rewrite zero by assumption. ring.
  Qed.
  Lemma M_optimal G : psd K G -> f M <= f G.
  Proof.
    intros [Hs _]. destruct (tangent0 K tau pi (fun _ l => pi l) (pair_weight K pi alpha) HK Ht Hp (fun _ l _ Hl => Hp l Hl) M G) as [T _].
    rewrite (tangent_0 G Hs), Rplus_0_r in T. exact T.
  Qed.
  Lemma M_unique G : psd K G -> (forall k, (k < K)%nat -> G k k <= 1) -> f G = f M -> exists t, 0 <= t /\ forall k l, (k < K)%nat -> (l < K)%nat -> G k l = M k l - t.
  Proof.
    intros [Hs Hq] Hd E. destruct (tangent0 K tau pi (fun _ l => pi l) (pair_weight K pi alpha) HK Ht Hp (fun _ l _ Hl => Hp l Hl) M G) as [_ T].
    rewrite (tangent_0 G Hs), Rplus_0_r in T. change (gloss K tau pi (fun _ l => pi l) (pair_weight K pi alpha)) with f in T.
    assert (Row : forall k i l, (k < K)%nat -> (i < K)%nat -> (l < K)%nat -> G k i - M k i = G k l - M k l).
    { intros k i l Hk Hi Hl. destruct (Req_dec (G k i - M k i) (G k l - M k l)) as [|Hne]; [assumption | exfalso].
      assert (f M < f G) by (apply T; exists k, i, l; repeat split; assumption). lra. }
    destruct Hmax as (m & Hmk & Em). exists (M m m - G m m). split.
    - assert (Mm : M m m = 1) by (unfold M, pmi; rewrite Em; replace (pmax / pmax) with 1 by (field; lra); rewrite ln_1; ring). rewrite Mm. pose proof (Hd m Hmk). lra.
    - intros k l Hk Hl. pose proof (Row k l m Hk Hl Hmk) as R1. pose proof (Row m k m Hmk Hk Hmk) as R2. rewrite (Hs m k), (M_sym m k) in R2 by assumption. lra.
  Qed.

  Lemma nodes_above n b w d z : nodes_of K n pi b w -> unit_vectors n d z -> f M <= node_loss n tau b w alpha (gram d z).
  Proof.
    intros Hn Hz. set (Mn := fun i j => M (b i) (b j)). set (an := fun i j => alpha (b i) (b j)).
    pose proof (node_total K pi alpha n b w Hm Hn) as Hw. pose proof (node_share K pi n b w Hn) as Hsh. pose proof (node_block K pi n b w Hn) as Hb.
    assert (C : node_loss n tau b w alpha Mn = f M) by exact (copies K tau pi alpha n b w M Hn). rewrite <- C.
    destruct (tangent0 n tau w (fun _ l => w l) (pair_weight n w an) (blocks_pos n w Hw) Ht Hsh (fun _ l _ Hl => Hsh l Hl) Mn (gram d z)) as [T _].
    replace (inner n (grad0 n tau w (fun _ l => w l) (pair_weight n w an) Mn) (fun i j => gram d z i j - Mn i j)) with 0 in T; [rewrite Rplus_0_r in T; exact T|].
    rewrite (inner_grad0 n tau w (fun _ l => w l) (pair_weight n w an) Ht Mn).
    2:{ intros i j Hi Hj. rewrite (gram_sym d z i j). unfold Mn. rewrite (M_sym (b i) (b j)) by (apply Hb; assumption). reflexivity. }
    symmetry. apply sum2_0. intros i j Hi Hj. change (pop_grad n tau w an Mn i j * (gram d z i j - Mn i j) = 0).
    assert (Gz : pop_grad n tau w an Mn i j = 0); [|rewrite Gz; ring].
    pose proof (Hb i Hi) as Bi. pose proof (Hb j Hj) as Bj. pose proof (Hp _ Bi). pose proof (Hp _ Bj).
    pose proof (model_degree K pi alpha _ Hm Bi) as Di. pose proof (model_degree K pi alpha _ Hm Bj) as Dj.
    assert (E : pop_grad n tau w an Mn i j = w i / pi (b i) * (w j / pi (b j)) * pop_grad K tau pi alpha M (b i) (b j)).
    { rewrite (pop_grad_formula n tau w an Ht Hsh Hw); try assumption; [| unfold Mn; apply M_sym; assumption | unfold an; apply Hal; assumption
        | rewrite (node_degree K pi alpha n b w Hn); assumption | rewrite (node_degree K pi alpha n b w Hn); assumption].
      rewrite (pop_grad_formula K tau pi alpha Ht Hp H1); try assumption; [| apply M_sym; assumption | apply Hal; assumption].
      unfold an, Mn. rewrite !(node_degree K pi alpha n b w Hn), !(node_partition K tau pi n b w M Hn).
      pose proof (partition_pos K tau pi Hp H1 M (b i) Bi). pose proof (partition_pos K tau pi Hp H1 M (b j) Bj). field. repeat split; lra. }
    rewrite E, zero by assumption. ring.
  Qed.

  (* N nodes per block, each with a direction of its own *)
  Lemma mod_sum N g : sum (K * N) (fun i => g (i mod K)%nat) = INR N * sum K g.
  Proof.
    induction N as [|N IH]; [rewrite Nat.mul_0_r; simpl; ring|]. rewrite S_INR. replace (K * S N)%nat with (K + K * N)%nat by lia.
    assert (Add : forall a c (h : nat -> R), sum (a + c) h = sum a h + sum c (fun i => h (a + i)%nat)).
    { intros a c h. induction c as [|c IHc]; [rewrite Nat.add_0_r; simpl; ring|]. rewrite Nat.add_succ_r. cbn [sum]. rewrite IHc. ring. }
    rewrite Add. rewrite (sum_ext K _ g) by (intros i Hi; rewrite Nat.mod_small by exact Hi; reflexivity).
    rewrite (sum_ext (K * N) _ (fun i => g (i mod K)%nat)) by (intros i _; f_equal; replace (K + i)%nat with (i + 1 * K)%nat by lia; apply Nat.mod_add; lia). rewrite IH. ring.
  Qed.
  Lemma approached delta : 0 < delta -> exists n b w d z, nodes_of K n pi b w /\ unit_vectors n d z /\ node_loss n tau b w alpha (gram d z) < f M + delta.
  Proof.
    intros Hdel. destruct (psd_factor K M Hpsd) as [v Hv].
    set (C := sum K (fun k => pi k * pi k * exp (/ tau) / partition K tau pi M k)).
    assert (HC : 0 <= C).
    { apply sum_nonneg. intros k Hk. pose proof (partition_pos K tau pi Hp H1 M k Hk). pose proof (Hp k Hk). pose proof (exp_pos (/ tau)). left. apply Rdiv_lt_0_compat; [repeat apply Rmult_lt_0_compat; assumption | assumption]. }
    assert (exists N, (1 <= N)%nat /\ C < INR N * delta) as (N & HN & HNd).
    { destruct (archimed (C / delta)) as [A _]. set (q := up (C / delta)) in *. assert (Q0 : 0 <= C / delta) by (apply Rmult_le_pos; [exact HC | left; apply Rinv_0_lt_compat, Hdel]).
      assert (Hq : (0 < q)%Z) by (apply lt_IZR; lra). exists (Z.to_nat q). split; [lia|]. rewrite INR_IZR_INZ, Z2Nat.id by lia.
      apply (Rmult_gt_compat_r delta) in A; [|lra]. unfold Rdiv in A. rewrite Rmult_assoc, Rinv_l in A by lra. lra. }
    assert (HNR : 1 <= INR N) by (apply (le_INR 1), HN).
    set (n := (K * N)%nat). set (b := fun i => (i mod K)%nat). set (w := fun i => pi (b i) / INR N).
    assert (Hb : forall i, (b i < K)%nat) by (intros i; apply Nat.mod_upper_bound; lia).
    assert (Hn : nodes_of K n pi b w).
    { split.
      - intros i Hi. split; [apply Hb | apply Rdiv_lt_0_compat; [apply Hp, Hb | lra]].
      - intros k Hk. unfold w. change (sum (K * N) (fun i => (fun j => if (j =? k)%nat then pi j / INR N else 0) (i mod K)%nat) = pi k). rewrite mod_sum.
        rewrite (sum_ext K _ (fun j => if (k =? j)%nat then pi j / INR N else 0)) by (intros; rewrite Nat.eqb_sym; reflexivity).
        rewrite (sum_indicator K k (fun j => pi j / INR N) Hk). field. lra. }
    set (z := fun i c => if (c <? K)%nat then v (b i) c else if (c =? K + i)%nat then sqrt (1 - M (b i) (b i)) else 0).
    assert (Hdot : forall i j, (i < n)%nat -> (j < n)%nat -> gram (K + n) z i j = M (b i) (b j) + if (i =? j)%nat then 1 - M (b i) (b i) else 0).
    { assert (Add : forall a c (h : nat -> R), sum (a + c) h = sum a h + sum c (fun i => h (a + i)%nat)).
      { intros a c h. induction c as [|c IHc]; [rewrite Nat.add_0_r; simpl; ring|]. rewrite Nat.add_succ_r. cbn [sum]. rewrite IHc. ring. }
      intros i j Hi Hj. unfold gram, dot. rewrite Add. f_equal.
      - rewrite <- Hv by apply Hb. apply sum_ext. intros c Hc. unfold z. apply Nat.ltb_lt in Hc. rewrite Hc. reflexivity.
      - rewrite (sum_ext n _ (fun c => if (i =? c)%nat then (if (j =? c)%nat then sqrt (1 - M (b i) (b i)) * sqrt (1 - M (b j) (b j)) else 0) else 0)).
        + rewrite (sum_indicator n i (fun c => if (j =? c)%nat then sqrt (1 - M (b i) (b i)) * sqrt (1 - M (b j) (b j)) else 0) Hi). rewrite (Nat.eqb_sym j i). destruct (Nat.eqb_spec i j) as [<-|]; [|reflexivity].
          apply sqrt_sqrt. pose proof (M_means (b i) (Hb i)). lra.
        + intros c Hc. unfold z. destruct (Nat.ltb_spec (K + c) K); [lia|]. replace (K + c =? K + i)%nat with (i =? c)%nat by (destruct (Nat.eqb_spec i c), (Nat.eqb_spec (K + c) (K + i)); lia || reflexivity).
          replace (K + c =? K + j)%nat with (j =? c)%nat by (destruct (Nat.eqb_spec j c), (Nat.eqb_spec (K + c) (K + j)); lia || reflexivity). destruct (i =? c)%nat, (j =? c)%nat; ring. }
    exists n, b, w, (K + n)%nat, z. split; [exact Hn|]. split.
    { intros i Hi. change (gram (K + n) z i i = 1). rewrite Hdot, Nat.eqb_refl by assumption. ring. }
    pose proof (node_total K pi alpha n b w Hm Hn) as Hw. pose proof (node_share K pi n b w Hn) as Hsh.
    rewrite <- (copies K tau pi alpha n b w M Hn : node_loss n tau b w alpha (fun i j => M (b i) (b j)) = f M).
    set (Mn := fun i j => M (b i) (b j)). unfold node_loss, population_loss, weighted_loss. set (Wn := pair_weight n w (fun i j => alpha (b i) (b j))).
    assert (Al : sum n (fun i => sum n (fun j => Wn i j * Mn i j)) <= sum n (fun i => sum n (fun j => Wn i j * gram (K + n) z i j))).
    { apply sum_le. intros i Hi. apply sum_le. intros j Hj. rewrite Hdot by assumption. fold (Mn i j). apply Rmult_le_compat_l.
      - unfold Wn, pair_weight. rewrite (node_degree K pi alpha n b w Hn). pose proof (model_degree K pi alpha (b i) Hm (Hb i)). pose proof (Hsh i Hi) as Wi. pose proof (Hsh j Hj) as Wj. destruct (Ha (b i) (b j) (Hb i) (Hb j)) as [Aij _].
        left. apply Rdiv_lt_0_compat; [exact (Rmult_lt_0_compat _ _ (Rmult_lt_0_compat _ _ Wi Aij) Wj) | assumption].
      - pose proof (M_means (b i) (Hb i)). destruct (i =? j)%nat; lra. }
    assert (Lg : sum n (fun i => w i * ln (partition n tau w (gram (K + n) z) i)) <= sum n (fun i => w i * ln (partition n tau w Mn i)) + C / INR N).
    { apply Rle_trans with (sum n (fun i => w i * ln (partition n tau w Mn i) + (fun k => pi k * pi k * exp (/ tau) / partition K tau pi M k / (INR N * INR N)) (i mod K)%nat)).
      - apply sum_le. intros i Hi. pose proof (Hsh i Hi) as Wi. pose proof (partition_pos n tau w Hsh Hw Mn i Hi) as Zi.
        assert (Z' : partition n tau w (gram (K + n) z) i <= partition n tau w Mn i + w i * exp (/ tau)).
        { unfold partition. rewrite <- (sum_indicator n i (fun j => w j * exp (/ tau)) Hi), <- sum_plus. apply sum_le. intros j Hj. rewrite Hdot by assumption. fold (Mn i j). pose proof (Hsh j Hj) as Wj. pose proof (exp_pos (Mn i j / tau)).
          destruct (Nat.eqb_spec i j) as [<-|]; [|rewrite !Rplus_0_r; lra]. unfold Mn. replace ((M (b i) (b i) + (1 - M (b i) (b i))) / tau) with (/ tau) by (field; lra). fold (Mn i i). nra. }
        pose proof (partition_pos n tau w Hsh Hw (gram (K + n) z) i Hi) as Zi'.
        assert (Hln : ln (partition n tau w (gram (K + n) z) i) <= ln (partition n tau w Mn i) + w i * exp (/ tau) / partition n tau w Mn i).
        { eapply Rle_trans; [apply ln_le; [exact Zi' | exact Z']|]. set (Zn := partition n tau w Mn i) in *. assert (Hx : 0 < w i * exp (/ tau)) by (apply Rmult_lt_0_compat; [exact Wi | apply exp_pos]).
          pose proof (ln_tangent ((Zn + w i * exp (/ tau)) / Zn) ltac:(apply Rdiv_lt_0_compat; lra)) as T. rewrite ln_div in T by lra.
          replace ((Zn + w i * exp (/ tau)) / Zn - 1) with (w i * exp (/ tau) / Zn) in T by (field; lra). lra. }
        apply (Rmult_le_compat_l (w i)) in Hln; [|lra]. eapply Rle_trans; [exact Hln|]. right. rewrite Rmult_plus_distr_l. f_equal.
        unfold Mn. rewrite (node_partition K tau pi n b w M Hn i). unfold w. fold (b i). pose proof (partition_pos K tau pi Hp H1 M (b i) (Hb i)). field. split; lra.
      - rewrite sum_plus. apply Rplus_le_compat_l.
        pose proof (mod_sum N (fun k => pi k * pi k * exp (/ tau) / partition K tau pi M k / (INR N * INR N))) as MS. fold n in MS. cbv beta in MS |- *. rewrite MS. right.
        unfold C. rewrite (sum_ext K (fun k => pi k * pi k * exp (/ tau) / partition K tau pi M k / (INR N * INR N)) (fun k => pi k * pi k * exp (/ tau) / partition K tau pi M k * / (INR N * INR N))) by (intros; unfold Rdiv; ring).
        rewrite sum_scal_r. field. lra. }
    assert (CN : C / INR N < delta). { apply (Rmult_lt_reg_r (INR N)); [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra. }
    pose proof (Rinv_0_lt_compat _ Ht). nra.
  Qed.
End Spread.

(* a constant cancels between the pairs and the logarithms *)
Lemma shifted K tau alpha pi G t : 0 < tau -> block_model K pi alpha -> population_loss K tau pi alpha (fun k l => G k l - t) = population_loss K tau pi alpha G.
Proof.
  intros Ht Hm. pose proof Hm as (Hp & H1 & _). unfold population_loss, weighted_loss.
  assert (A : sum K (fun k => sum K (fun l => pair_weight K pi alpha k l * (G k l - t))) = sum K (fun k => sum K (fun l => pair_weight K pi alpha k l * G k l)) - t).
  { rewrite (sum_ext K _ (fun k => sum K (fun l => pair_weight K pi alpha k l * G k l) + - t * pi k)).
    - rewrite sum_plus, sum_scal, H1. ring.
    - intros k Hk. rewrite (sum_ext K _ (fun l => pair_weight K pi alpha k l * G k l + - t * pair_weight K pi alpha k l)) by (intros; ring). rewrite sum_plus, sum_scal. do 2 f_equal.
      pose proof (model_degree K pi alpha k Hm Hk) as D. unfold pair_weight. rewrite (sum_ext K _ (fun l => pi k / degree K pi alpha k * (alpha k l * pi l))) by (intros; unfold Rdiv; ring).
      rewrite sum_scal. fold (degree K pi alpha k). field. lra. }
  assert (B : sum K (fun k => pi k * ln (partition K tau pi (fun k l => G k l - t) k)) = sum K (fun k => pi k * ln (partition K tau pi G k)) - t / tau).
  { rewrite (sum_ext K _ (fun k => pi k * ln (partition K tau pi G k) + - (t / tau) * pi k)).
    - rewrite sum_plus, sum_scal, H1. ring.
    - intros k Hk. replace (partition K tau pi (fun k l => G k l - t) k) with (partition K tau pi G k * exp (- (t / tau))).
      + rewrite ln_mult, ln_exp; [ring | apply (partition_pos K tau pi Hp H1); exact Hk | apply exp_pos].
      + unfold partition. rewrite <- sum_scal_r. apply sum_ext. intros l _. rewrite Rmult_assoc, <- exp_plus. do 2 f_equal. field. lra. }
  rewrite A, B. field. lra.
Qed.

Theorem B16_proved : B16_statement.
Proof.
  intros K tau pmax alpha pi Ht Hpm Hm Ha Hmax Hpsd f M means. split; [split; [exact Hpsd | intros k Hk; apply (M_means K tau pmax alpha); assumption]|].
  split; [intros G [HG _]; apply (M_optimal K tau pmax); assumption|]. split.
  - intros t Ht0 HMt. split; [split; [exact HMt | intros k Hk; pose proof (M_means K tau pmax alpha Ht Hpm Ha k Hk) as B; unfold M, pmi in *; lra]|].
    apply (shifted K tau alpha pi); assumption.
  - split.
  - intros G [HG Hd] E. destruct (M_unique K tau pmax alpha pi Ht Hpm Hm Ha Hmax Hpsd G HG Hd E) as (t & Ht0 & HtG). split; [exists t; split; assumption|].
    intros k Hk Hlt. rewrite HtG by assumption. split; [unfold M, pmi; lra | apply (M_strict K tau pmax alpha); assumption].
  - split; [intros; apply (nodes_above K tau pmax alpha pi); assumption | intros; apply (approached K tau pmax alpha pi); assumption].
Qed.
