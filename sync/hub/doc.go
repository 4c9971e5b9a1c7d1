// Package hub is the hub's role: gateway to the central record, signer,
// enrolment, log. It takes summaries from the central record, seals and signs
// them for a cohort, serves devices over authenticated streams, logs what they
// send exactly once, and answers an operator's orders.
//
// It guarantees that a person marked as withdrawn is never released again by a
// later look at the central record, that a withdrawal is one commit over all
// cohorts, that an enrolment code enrols one device once, that nothing it
// signs before a certificate's end date outlives it unsaid, and that no
// operator's order is carried out without an entry in the log. Of the people who
// sign in it keeps name, role and dates sealed; their joining codes it gives out
// once and keeps nowhere, and Hub never reads the organisation's recovery key.
//
// It does not show clinical content to an operator, and trusts no device: a
// device's word only ever restricts.
//
// Lock order: Hub.mu before the ledger's own locks; no lock is held while a
// connection is read or written.
//
// The tests of sync/scenario prove the guarantees with real devices on real
// sockets; TestCodeEnrolsOnce, TestNoOrderOnPeopleWithoutAnEntry,
// TestPeopleLieSealed and TestPeopleOutliveTheHub are here.
package hub
