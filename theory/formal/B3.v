(* B3: convexity in the Gram matrix, the duality certificate, and when one vector per block is optimal for the expected graph. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits Vectors Linear Duality Population Nodes.
Open Scope R_scope.

Section Population.
  Variables (K : nat) (tau : R) (pi : nat -> R) (alpha : nat -> nat -> R).
  Hypotheses (Ht : 0 < tau) (Hm : block_model K pi alpha).
  Let Hp := proj1 Hm.
  Let H1 := proj1 (proj2 Hm).
  Let HK : (0 < K)%nat := blocks_pos K pi H1.
  Let HA : forall k l, (k < K)%nat -> (l < K)%nat -> 0 < (fun _ l => pi l) k l := fun _ l _ Hl => Hp l Hl.
  Let W := pair_weight K pi alpha.
  Let f := population_loss K tau pi alpha.

  Lemma convex G G' t : 0 <= t <= 1 -> f (fun k l => t * G k l + (1 - t) * G' k l) <= t * f G + (1 - t) * f G'.
  Proof.
    intros Htt. set (M := fun k l => t * G k l + (1 - t) * G' k l).
    destruct (tangent0 K tau pi (fun _ l => pi l) W HK Ht Hp HA M G) as [T _].
    destruct (tangent0 K tau pi (fun _ l => pi l) W HK Ht Hp HA M G') as [T' _].
    change (gloss K tau pi (fun _ l => pi l) W) with f in T, T'. set (D := grad0 K tau pi (fun _ l => pi l) W M) in *.
    assert (E : t * inner K D (fun k l => G k l - M k l) + (1 - t) * inner K D (fun k l => G' k l - M k l) = 0).
    { unfold inner. fold (sum2 K (fun k l => D k l * (G k l - M k l))) (sum2 K (fun k l => D k l * (G' k l - M k l))).
      rewrite <- !sum2_scal, <- sum2_plus. apply sum2_0. intros k l _ _. unfold M. ring. }
    apply (Rmult_le_compat_l t) in T; [|lra]. apply (Rmult_le_compat_l (1 - t)) in T'; [|lra]. lra.
  Qed.

  Lemma gap_bound G G' delta : elliptope K G -> elliptope K G' ->
    psd K (fun k l => dual_matrix K tau pi W G k l + if (k =? l)%nat then delta * pi k else 0) -> f G - f G' <= delta.
  Proof.
    intros HG HG' [_ HS]. destruct (gap K tau pi (fun _ l => pi l) W HK Ht Hp HA G G' HG HG') as [T _].
    change (gloss K tau pi (fun _ l => pi l) W) with f in T.
    pose proof (psd_inner K _ G' HS (proj1 HG')) as I.
    replace (inner K (fun k l => dual_matrix K tau pi W G k l + (if (k =? l)%nat then delta * pi k else 0)) G')
      with (inner K (dual K tau pi (fun _ l => pi l) W G) G' + delta) in I; [lra|].
    transitivity (inner K (dual K tau pi (fun _ l => pi l) W G) G' + sum2 K (fun k l => if (k =? l)%nat then delta * pi k * G' k l else 0)).
    - f_equal. rewrite (sum2_diag K (fun k l => delta * pi k * G' k l)). rewrite (sum_ext K _ (fun k => delta * pi k)).
      + rewrite sum_scal, H1. ring.
      + intros k Hk. rewrite (proj2 HG' k Hk). ring.
    - unfold inner. fold (sum2 K (fun k l => dual K tau pi (fun _ l => pi l) W G k l * G' k l)). rewrite <- sum2_plus. apply sum2_ext.
      intros k l _ _. change (dual_matrix K tau pi W G k l) with (dual K tau pi (fun _ l => pi l) W G k l). destruct (k =? l)%nat; ring.
  Qed.

  Lemma necessary_at d v : unit_vectors K d v -> (forall v', unit_vectors K (S d) v' -> f (gram d v) <= f (gram (S d) v')) ->
    forall x, 0 <= quad K (pop_dual K tau pi alpha (gram d v)) x.
  Proof. exact (necessity K tau pi (fun _ l => pi l) W HK Ht HA d v). Qed.

  Lemma dual_sym G k l : dual_matrix K tau pi W G k l = dual_matrix K tau pi W G l k.
  Proof.
    change (dual K tau pi (fun _ l => pi l) W G k l = dual K tau pi (fun _ l => pi l) W G l k). unfold dual. rewrite grad_sym, (Nat.eqb_sym k l).
    destruct (Nat.eqb_spec l k) as [->|]; reflexivity.
  Qed.
  Lemma carries G : elliptope K G -> (forall G', elliptope K G' -> f G <= f G') -> psd K (dual_matrix K tau pi W G).
  Proof.
    intros HG Hopt. split; [intros; apply dual_sym|]. destruct (elliptope_unit K G HG) as (v & Hu & Hv). intros x.
    change (0 <= quad K (pop_dual K tau pi alpha G) x). rewrite (quad_ext K _ (pop_dual K tau pi alpha (gram K v))).
    - apply necessary_at; [exact Hu|]. intros v' Hv'. unfold f. rewrite (pop_loss_eq K tau pi alpha), (gloss_ext K tau pi _ _ (gram K v) G) by (intros; apply Hv; assumption).
      apply Hopt, unit_elliptope, Hv'.
    - intros k l Hk Hl. apply dual_ext; [intros; symmetry; apply Hv; assumption | assumption ..].
  Qed.
End Population.

Theorem B3_proved : B3_statement.
Proof.
  intros K tau pi alpha Ht Hm f S lambda. repeat split.
  - apply convex; assumption.
  - intros G G' delta. apply gap_bound; assumption.
  - intros. apply dual_sym.
  - apply carries; assumption.
  - intros n b w Hn. apply copies, Hn.
  - apply (one_vector K tau pi alpha d d' v); try assumption. apply necessary_at; try assumption. intros v' Hv'. apply H0, Hv'.
  - apply (one_vector K tau pi alpha d d' v); try assumption. apply necessary_at; try assumption. intros v' Hv'. apply H0, Hv'.
Qed.
