(* A12: minimisers over free embeddings collapse within classes; balanced ones are the simplex ETF. *)
From Coq Require Import Reals List Arith Lra Lia.
From ContrastiveClaims Require Import Spec Statements Logits Vectors Collapse Etf.
Open Scope R_scope.
Import ListNotations.

Theorem A12_proved : A12_statement.
Proof.
  intros eps n d tau y z Ht Hclasses. split.
  - intros Hor i j Hi Hj E.
    assert (Hz : forall l, (l < n)%nat -> on_sphere d (z l)) by (destruct Hor as [[Hz _]|[Hz _]]; exact Hz).
    rewrite squared_distance_sphere by (apply Hz; assumption). enough (D : dot d (z i) (z j) = 1) by (rewrite D; ring).
    destruct Hor as [[_ Hm]|[_ Hm]].
    + apply (collapse _ _ n d tau y z (infonce_shape eps) Ht Hclasses Hz Hm); assumption.
    + apply (collapse _ _ n d tau y z (supcon_shape eps) Ht Hclasses Hz Hm); assumption.
  - intros K k HK Hk Hbal Hd m N. assert (HN : 2 <= INR K) by (apply (le_INR 2), HK). assert (Hkk : 2 <= INR k) by (apply (le_INR 2), Hk).
    pose proof (exp_pos (- eps)) as Hq. assert (HPq : 0 < (INR k - 1) * exp (- eps)) by (apply Rmult_lt_0_compat; lra).
    pose proof (etf _ _ (exp (- eps)) K k n d tau y (infonce_shape eps) Ht HK Hk Hbal Hd Hq (fun Y _ => infonce_at_top eps tau k Y Hk) z) as E1.
    pose proof (etf _ _ ((INR k - 1) * exp (- eps)) K k n d tau y (supcon_shape eps) Ht HK Hk Hbal Hd HPq (fun Y HY => supcon_at_top eps tau k Y Hk HY) z) as E2.
    destruct (etf_exists _ _ (exp (- eps)) K k n d tau y (infonce_shape eps) Ht HK Hk Hbal Hd Hq (fun Y _ => infonce_at_top eps tau k Y Hk)) as (z1 & S1 & M1 & G1).
    destruct (etf_exists _ _ ((INR k - 1) * exp (- eps)) K k n d tau y (supcon_shape eps) Ht HK Hk Hbal Hd HPq (fun Y HY => supcon_at_top eps tau k Y Hk HY)) as (z2 & S2 & M2 & G2).
    split; [|split; [|split]].
    + exists z1. split; (split; [exact S1|]); [exact M1|]. intros z' Hz'. eapply Rle_trans; [|apply M2, Hz']. right.
      assert (Eq : forall a i, (a < n)%nat -> (i < n)%nat -> logit tau d (z1 a) (z1 i) = logit tau d (z2 a) (z2 i)) by (intros; unfold logit; rewrite G1, G2 by assumption; reflexivity).
      unfold sample_loss. apply mean_ext. intros a Ha. apply in_seq in Ha. f_equal; apply map_ext_in; intros i Hi; apply Eq; try lia.
      * apply in_positives in Hi. apply Hi.
      * unfold negatives in Hi. apply filter_In in Hi. destruct Hi as [Hi _]. apply in_seq in Hi. lia.
    + intros Hor i j Hi Hj Hne.
      assert (Hz : forall l, (l < n)%nat -> on_sphere d (z l)) by (destruct Hor as [[Hz _]|[Hz _]]; exact Hz).
      assert (D : dot d (z i) (z j) = - / (INR K - 1)) by (destruct Hor as [H|H]; [apply (E1 H) | apply (E2 H)]; assumption).
      split; [exact D|]. unfold logit. rewrite D, (Hz i Hi). unfold m. field. split; lra.
    + intros H. apply (E1 H).
    + intros H. apply (E2 H).
Qed.
