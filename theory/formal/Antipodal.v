(* Two antipodal majorities of shares w and 1 - w, the minority tied to the first: its limit is the cut root. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Logits Vectors Linear Duality Population Shapes Strong Vanishing Roots.
From ContrastiveClaims Require B25.
Open Scope R_scope.

Section Antipodal.
  Variables (w tau : R) (mu : nat -> R) (alpha : nat -> nat -> R) (links : nat -> R) (p0 c : R).
  Hypotheses (Ht : 0 < tau) (Hm : block_model 2 mu alpha) (Hw0 : mu 0%nat = w) (Hw1 : mu 1%nat = 1 - w)
    (Ha : 0 < links 0%nat) (Ha1 : links 1%nat = 0) (Hp0 : 0 <= p0).
  Let d0 := degree 2 mu alpha 0.
  Let d1 := degree 2 mu alpha 1.
  (* the majorities are antipodal at their own optimum *)
  Hypothesis Hweak : alpha 0%nat 1%nat * (1 / d0 + 1 / d1) <= B25.pull w (1 - w) (exp (-2 / tau)).
  Hypothesis Hc : unequal_side w tau c = 1 + w * links 0%nat / d0.
  Let k := clip (-1) 1 c.
  Let u (i : nat) : vector := circle (if (i =? 0)%nat then 1 else -1).
  Let h := circle k.
  Notation beta := (limit_gradient 2 2 tau mu alpha links u h).

  Lemma w_range : 0 < w < 1.
  Proof. destruct Hm as (Hp & _). pose proof (Hp 0%nat ltac:(lia)). pose proof (Hp 1%nat ltac:(lia)). rewrite Hw0 in *. rewrite Hw1 in *. lra. Qed.
  Lemma k_range : -1 <= k <= 1.
  Proof. unfold k, clip, Rmin, Rmax. destruct (Rle_dec (-1) c); destruct (Rle_dec 1 _); lra. Qed.
  Lemma sqrt_end x : x * x = 1 -> sqrt (1 - x * x) = 0.
  Proof. intros ->. replace (1 - 1) with 0 by ring. apply sqrt_0. Qed.
  Lemma u_gram i j : gram 2 u i j = (if (i =? 0)%nat then 1 else -1) * (if (j =? 0)%nat then 1 else -1).
  Proof. unfold gram, u. rewrite circle_dot by lia. rewrite (sqrt_end (if (i =? 0)%nat then 1 else -1)) by (destruct (i =? 0)%nat; ring). ring. Qed.
  Lemma u_unit : unit_vectors 2 2 u.
  Proof. intros i _. change (gram 2 u i i = 1). rewrite u_gram. destruct (i =? 0)%nat; ring. Qed.
  Lemma h_dot i : dot 2 h (u i) = k * (if (i =? 0)%nat then 1 else -1).
  Proof. unfold h, u. rewrite circle_dot by lia. rewrite (sqrt_end (if (i =? 0)%nat then 1 else -1)) by (destruct (i =? 0)%nat; ring). ring. Qed.
  Lemma majorities_psd x : 0 <= quad 2 (pop_dual 2 tau mu alpha (gram 2 u)) x.
  Proof.
    rewrite (quad_ext 2 _ (pop_dual 2 tau mu alpha (equal_cosines (-1)))).
    - apply B25.opposite_psd; try assumption. rewrite Hw0, Hw1. exact Hweak.
    - intros i j Hi Hj. apply dual_ext; try assumption. intros i' j' Hi' Hj'. rewrite u_gram.
      destruct i' as [|[|i']], j' as [|[|j']]; try lia; unfold equal_cosines; simpl; ring.
  Qed.
  Lemma gradient_difference : beta 0%nat - beta 1%nat = (unequal_side w tau k - (1 + w * links 0%nat / d0)) / (2 * tau).
  Proof.
    pose proof w_range as Hw. pose proof (model_degree 2 mu alpha 0 Hm ltac:(lia)) as D0. pose proof (model_degree 2 mu alpha 1 Hm ltac:(lia)) as D1. fold d0 in D0. fold d1 in D1.
    pose proof (Z2_pos w tau Hw) as P2. pose proof (Z3_pos w tau Hw) as P3.
    assert (A0 : 0 < w * exp (k / tau)) by (apply Rmult_lt_0_compat; [lra | apply exp_pos]).
    assert (B0 : 0 < (1 - w) * exp (- k / tau)) by (apply Rmult_lt_0_compat; [lra | apply exp_pos]).
    unfold limit_gradient, unequal_side, partition. fold d0 d1. cbn [sum]. rewrite !u_gram, !h_dot, Ha1, Hw0, Hw1. cbn [Nat.eqb].
    replace (k * 1 / tau) with (k / tau) by (field; lra). replace (k * -1 / tau) with (- k / tau) by (field; lra).
    replace (1 * 1 / tau) with (/ tau) by (field; lra). replace (1 * -1 / tau) with (- / tau) by (field; lra). replace (-1 * 1 / tau) with (- / tau) by (field; lra). replace (-1 * -1 / tau) with (/ tau) by (field; lra).
    rewrite !Rplus_0_l. set (A := exp (k / tau)) in *. set (B := exp (- k / tau)) in *. set (E := exp (/ tau)) in *. set (F := exp (- / tau)) in *.
    set (a := links 0%nat) in *. clearbody d0 d1 A B E F a. field. repeat split; try lra; nra.
  Qed.
  Lemma kkt : sum 2 (fun l => beta l * dot 2 h (u l)) + sqrt (quad 2 (gram 2 u) beta) <= 0.
  Proof.
    unfold quad. cbn [sum]. rewrite !h_dot, !u_gram. cbn [Nat.eqb].
    set (b0 := beta 0%nat). set (b1 := beta 1%nat).
    replace (0 + (0 + 1 * 1 * (b0 * b0) + 1 * -1 * (b0 * b1)) + (0 + -1 * 1 * (b1 * b0) + -1 * -1 * (b1 * b1))) with (Rsqr (b0 - b1)) by (unfold Rsqr; ring).
    rewrite sqrt_Rsqr_abs. replace (0 + b0 * (k * 1) + b1 * (k * -1)) with ((b0 - b1) * k) by ring. unfold b0, b1. rewrite gradient_difference.
    rewrite <- Hc. pose proof w_range as Hw. assert (Ht2 : 0 < 2 * tau) by lra.
    assert (Hin : forall x z, x < z -> unequal_side w tau x < unequal_side w tau z) by (intros; apply unequal_increasing; assumption).
    destruct (Rtotal_order c k) as [H|[H|H]].
    - assert (Ek : k = -1). { unfold k, clip, Rmin, Rmax in *. destruct (Rle_dec (-1) c); destruct (Rle_dec 1 _); lra. }
      apply Hin in H. rewrite Ek in *. rewrite Rabs_right; [lra|]. apply Rle_ge. left. apply Rdiv_lt_0_compat; lra.
    - rewrite <- H. unfold Rdiv. rewrite Rminus_eq_0, !Rmult_0_l, Rabs_R0. lra.
    - assert (Ek : k = 1). { unfold k, clip, Rmin, Rmax in *. destruct (Rle_dec (-1) c); destruct (Rle_dec 1 _); lra. }
      apply Hin in H. rewrite Ek in *. rewrite Rabs_left; [lra|].
      replace ((unequal_side w tau 1 - unequal_side w tau c) / (2 * tau)) with (- ((unequal_side w tau c - unequal_side w tau 1) / (2 * tau))) by (field; lra).
      assert (0 < (unequal_side w tau c - unequal_side w tau 1) / (2 * tau)) by (apply Rdiv_lt_0_compat; lra). lra.
  Qed.
  Theorem antipodal_limit : limit_cosine 3 2 (minority_loss 2 tau mu alpha links p0) 2 0 k.
  Proof.
    replace k with (dot 2 h (u 0)) by (rewrite h_dot; cbn [Nat.eqb]; ring).
    apply limit_with_minority; try assumption; try lia.
    - intros l Hl. destruct l as [|[|l]]; [lra | lra | lia].
    - exists 0%nat. split; [lia | exact Ha].
    - apply u_unit.
    - apply circle_sphere; [lia | apply k_range].
    - apply majorities_psd.
    - apply kkt.
  Qed.
End Antipodal.

Lemma pair_model w p beta : 0 < w < 1 -> 0 < p -> 0 <= beta -> block_model 2 (fun l => if (l =? 0)%nat then w else 1 - w) (uniform_graph p beta).
Proof.
  intros Hw Hp Hb. split; [|split; [|split]].
  - intros [|k] _; simpl; lra.
  - cbn [sum]. simpl. ring.
  - intros k l _ _. unfold uniform_graph. rewrite (Nat.eqb_sym l k). destruct (k =? l)%nat; split; lra.
  - intros k Hk. exists k. split; [exact Hk|]. unfold uniform_graph. rewrite Nat.eqb_refl. exact Hp.
Qed.
Lemma equal_model p beta : 0 < p -> 0 <= beta -> block_model 2 (fun _ => / 2) (uniform_graph p beta).
Proof.
  intros Hp Hb. destruct (pair_model (/ 2) p beta ltac:(lra) Hp Hb) as (_ & _ & A & B). split; [intros; lra | split; [simpl; lra | split; assumption]].
Qed.
